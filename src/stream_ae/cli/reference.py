"""The page of commands and options, written from the parser itself, so that it cannot go stale.

``python -m stream_ae.cli.reference`` prints it; ``docs/cli.md`` is what it prints.
"""

import argparse
import re
from collections.abc import Iterator
from textwrap import fill

from stream_ae.bench.table import markdown
from stream_ae.cli.parser import Parser
from stream_ae.cli.program import EXIT_CODES, command_parser, quick_start_parser
from stream_ae.runs.config import TrainConfig, settings_of
from stream_ae.scenes import SCENES

TOML_EXAMPLE = """\
frames = 2000
optimizer = "adam"
lr = 0.003
loop = true
tensorboard = false
"""
"""A file for ``--config``."""

Row = tuple[str, str, str]
"""An option as it is written, its meaning, its default."""

_DEFAULT = re.compile(r"^(.*?)(?: \(default: (.*)\))?$", re.DOTALL)
_RUN_OPTIONS = "Options of a run"
_INTRODUCTION = """\
# Commands and options

`make docs` writes this page from the program itself.

`stream-ae` and `python -m stream_ae` are the same program. `stream-ae --version` says its version,
and every command explains itself with `--help`. What goes
wrong is said in one line on stderr. [Installing](install.md) has a page of its own."""

_SOURCES = (
    ("`clip.mp4`", "any video file that FFmpeg reads; `--loop` repeats it", "never"),
    ("`pictures/`, `'shots/*.png'`", "images in natural order: `frame2` before `frame10`", "never"),
    ("`photo.heic`, `film.gif`", "every picture of an image file, animated or of pages", "never"),
    ("`rtsp://…`, `http://…`, `https://…`", "a network camera; it is connected to again", "yes"),
    ("`http://…/shot.jpg`", "a camera of single pictures, asked for at most once a second", "yes"),
    (
        "`http://…/clip.mp4`, `….m3u8`",
        "a recording, at its own pace; goes on where it broke",
        "yes",
    ),
    ("`webcam:0`", "a camera of this machine, by its number", "yes"),
    ("`gym:ALE/Breakout-v5`", "any Gymnasium environment that can draw itself", "never"),
    (
        ", ".join(f"`scene:{name}`" for name in SCENES),
        "built-in scenes that know what really changed; they never end",
        "never",
    ),
)
_SOURCES_AFTER = """\
A path that exists is taken for a path, whatever it looks like. From a camera the newest frame is
taken; those missed are counted in `summary.json` as `dropped_frames`."""

_CONFIG = """\
`--config FILE.toml` takes the same options from a file, by the same names without the dashes. An
option on the command line wins over the file.
"""
_RESUMING = """\
`--resume` goes on from the newest checkpoint that is whole. What is learned depends on most of the
options, so these stay as the run began, and asking for another value is an error: {kept}. Another
`--device` may be asked for; all other options hold from here on."""


def reference() -> str:
    """The page, in Markdown."""
    program = command_parser()
    commands = program.commands()
    run_options = _rows(commands["train"])
    listed = [(f"`{name}`", parser.description or "") for name, parser in commands.items()]
    sections = [
        _INTRODUCTION,
        markdown(["command", "what it does"], listed),
        *(_section(parser, run_options=run_options) for parser in _leaves(program)),
        f"## {_RUN_OPTIONS}",
        _table(run_options),
        fill(_RESUMING.format(kept=_kept()), width=100, break_on_hyphens=False),
        f"## A file of options\n\n{_CONFIG}\n```toml\n{TOML_EXAMPLE}```",
        "## Sources",
        markdown(["source", "stream", "loses frames?"], _SOURCES),
        _SOURCES_AFTER,
        "## Exit codes",
        markdown(["code", "meaning"], [(f"{code}", text) for code, text in EXIT_CODES.items()]),
        _section(quick_start_parser(), run_options=run_options),
    ]
    return "\n\n".join(sections) + "\n"


def _leaves(parser: Parser) -> Iterator[Parser]:
    """The parsers that have no commands of their own."""
    for command in parser.commands().values():
        if command.commands():
            yield from _leaves(command)
        else:
            yield command


def _section(parser: Parser, *, run_options: list[Row]) -> str:
    """What a command does and its options; those that every run has are left to their section."""
    rows = _rows(parser)
    is_run = 2 * len(set(rows) & set(run_options)) > len(run_options)
    own = [row for row in rows if not (is_run and row in run_options)]
    names = [name for name, *_ in _rows(parser, positional=True)]
    title = " ".join([parser.prog, *(name.strip("`") for name in names)])
    anchor = _RUN_OPTIONS.lower().replace(" ", "-")
    shared = f"\n\nAlso the [options of a run](#{anchor})." if is_run else ""
    table = _table([*_rows(parser, positional=True), *own])
    return f"## `{title}`\n\n{parser.description}\n\n{table}{shared}"


def _rows(parser: Parser, *, positional: bool = False) -> list[Row]:
    """Every option, or every argument without a name."""
    return [
        _row(action)
        for action in parser.actions()
        if not isinstance(action, argparse._HelpAction | argparse._VersionAction)
        and positional != bool(action.option_strings)
    ]


def _row(action: argparse.Action) -> Row:
    found = _DEFAULT.match(action.help or "")
    meaning, default = ("", None) if found is None else found.groups()
    if default is None:
        default = "required" if action.required and action.nargs != "*" else ""
    return f"`{_name(action)}`", _escaped(meaning), _escaped(default)


def _escaped(text: str) -> str:
    """A placeholder in angle brackets is no tag."""
    return text.replace("<", "\\<")


def _name(action: argparse.Action) -> str:
    """What is written on the command line."""
    if not action.option_strings:
        name = str(action.metavar)
        return {"?": f"[{name}]", "*": f"[{name} …]"}.get(str(action.nargs), name)
    value = "\\|".join(action.choices) if action.choices is not None else action.metavar
    return ", ".join(action.option_strings) + ("" if action.nargs == 0 else f" {value}")


def _kept() -> str:
    names = [name for name, declared in settings_of(TrainConfig).items() if declared.about.kept]
    flags = [f"`--{name}`" for name in names if name not in ("source", "device")]
    return ", ".join(["the source", *flags])


def _table(rows: list[Row]) -> str:
    return markdown(["option", "meaning", "default"], rows)


if __name__ == "__main__":
    print(reference(), end="")
