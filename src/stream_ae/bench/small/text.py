"""Letters of sentences by chance, each predicted from those before it by a recurrent network."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from stream_ae.bench.small.classification import entropy
from stream_ae.bench.small.problem import Objective, Problem, generator

STEPS, LETTERS_A_STEP, HIDDEN = 800, 12, 32
SUBJECTS = ("the camera", "a small boat", "the old man", "every bird", "our neighbour", "the rain")
VERBS = ("sees", "follows", "waits for", "remembers", "never finds", "paints")
OBJECTS = ("the river", "a red door", "the morning", "an empty street", "the hill", "two cats")


class Letters(nn.Module):
    """A gated recurrent unit over one-hot letters, with a linear layer behind it."""

    def __init__(self, letters: int) -> None:
        super().__init__()
        self.recurrent = nn.GRU(letters, HIDDEN)
        self.head = nn.Linear(HIDDEN, letters)

    def forward(self, seen: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of the next letters, and the state after them."""
        out, after = self.recurrent(seen, state)
        return self.head(out), after


def sentences(seed: int) -> Problem:
    """Twelve letters a step, through which gradients flow; the state is carried on without them."""
    text, letters = _text(seed)
    one_hot = torch.eye(letters)[text]
    torch.manual_seed(seed)
    model = Letters(letters)
    state = torch.zeros(1, HIDDEN)

    def objective(step: int) -> Objective:
        nonlocal state
        begin, end = step * LETTERS_A_STEP, (step + 1) * LETTERS_A_STEP
        seen, following, before = one_hot[begin:end], text[begin + 1 : end + 1], state
        with torch.no_grad():
            state = model(seen, before)[1]
        return lambda: cross_entropy(model(seen, before)[0], following)

    return Problem(model, STEPS, objective, constant=entropy(text, classes=letters))


def _text(seed: int) -> tuple[Tensor, int]:
    """Numbers of letters, and how many letters there are."""
    chance = generator(seed)
    written = ""
    while len(written) <= STEPS * LETTERS_A_STEP:
        chosen = torch.randint(6, (3,), generator=chance).tolist()
        written += " ".join(
            words[k] for words, k in zip((SUBJECTS, VERBS, OBJECTS), chosen, strict=True)
        )
        written += ". "
    alphabet = sorted({*written})
    numbers = [alphabet.index(letter) for letter in written[: STEPS * LETTERS_A_STEP + 1]]
    return torch.tensor(numbers), len(alphabet)
