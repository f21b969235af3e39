from tests.mutants import OPERATORS, Result, matters, mutants, report, sample

SUMS = "def add(a: int | None, *, b: float = 1.0) -> int | None:\n    return a + b\n"
PATH = "nn/sums.py"


def test_a_fault_is_planted_where_it_is_said_to_be() -> None:
    [fault] = [each for each in mutants(PATH, SUMS) if each.operator.endswith("Add_Sub")]
    assert (fault.line, fault.column) == (2, 13)
    assert fault.plant(SUMS) == SUMS.replace("a + b", "a - b")
    assert fault.test == "tests/nn/test_sums.py"


def test_a_place_is_drawn_once() -> None:
    drawn = sample({PATH: SUMS}, size=100, seed=0)
    assert {(each.line, each.column) for each in drawn} == {(1, 37), (2, 13)}  # the 1.0 and the +
    assert len(drawn) == 2


def test_the_same_seed_draws_the_same_sample_and_another_one_another() -> None:
    source = "\n".join(f"X{number} = {number} + Y" for number in range(50))
    first, again, other = (sample({PATH: source}, size=9, seed=seed) for seed in (0, 0, 1))
    assert first == again != other


def test_a_change_elsewhere_leaves_the_sample_as_it_is() -> None:
    source = "\n".join(f"X{number} = {number} + Y" for number in range(50))
    before = sample({PATH: source}, size=9, seed=0)
    after = sample({PATH: f"import this\n\n\n{source}"}, size=9, seed=0)
    moved = [(each.line - 3, each.column, each.operator) for each in after]
    assert moved == [(each.line, each.column, each.operator) for each in before]


def test_what_changes_nothing_is_no_fault() -> None:
    assert not matters(SUMS, SUMS.replace("-> int | None", "-> int & None"))
    assert not matters(SUMS, SUMS.replace("a: int | None", "a: int & None"))
    assert not matters("zip(a, b, strict=True)", "zip(a, b, strict=False)")
    assert not matters("@overload\ndef f(): ...", "def f(): ...")
    assert not matters("def f(*, a=1): ...", "def f(/, a=1): ...")
    assert not matters("def f(*, a=1): ...", "def f(+, a=1): ...")
    assert matters("def f(*, a=1): ...", "def f(*, a=2): ...")
    assert matters(SUMS, SUMS.replace("a + b", "a % b"))


def test_no_operator_plants_what_crashes_on_floats() -> None:
    assert "ReplaceBinaryOperator_Add_Mul" in OPERATORS
    assert "ReplaceComparisonOperator_Lt_LtE" in OPERATORS
    assert "ReplaceBinaryOperator_Add_LShift" not in OPERATORS
    assert "ReplaceComparisonOperator_Is_Lt" not in OPERATORS


def test_the_report_shows_survivors_and_shares() -> None:
    killed = Result(PATH, 1, "AddNot", "test", 1.0, "-a\n+b")
    alive = Result("optim/other.py", 7, "NumberReplacer", "", 2.0, "-1\n+2")
    lines = report([killed, alive, killed]).splitlines()
    assert lines[:3] == ["optim/other.py:7 NumberReplacer", "-1", "+2"]
    assert [line.split() for line in lines[-3:]] == [
        ["nn", "2", "of", "2", "killed", "100.0%"],
        ["optim", "0", "of", "1", "killed", "0.0%"],
        ["all", "2", "of", "3", "killed", "66.7%"],
    ]
