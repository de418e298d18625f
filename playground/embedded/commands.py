"""The commands of ``python -m playground.embedded``."""

from collections.abc import Mapping, Sequence

from playground.embedded.beside import manage, new_link, seed
from playground.embedded.console import Console
from playground.embedded.errors import LaunchError
from playground.embedded.launcher import launch
from playground.embedded.options import read_options

COMMANDS = ("run", "dev", "seed", "key", "link", "manage")


def carry_out(arguments: Sequence[str], environment: Mapping[str, str], console: Console) -> int:
    """Carry out one of COMMANDS, and return the exit status. Raises LaunchError."""
    command, *more = arguments or ["run"]
    match command:
        case "run" | "dev":
            launch(read_options(environment, dev=command == "dev"), environment, console)
        case "seed":
            seed(read_options(environment), environment, console)
        case "key":
            console.say(existing_key(environment))
        case "link":
            console.say(new_link(read_options(environment), environment, console))
        case "manage":
            return manage(read_options(environment), environment, console, more or ["help"])
        case _:
            raise LaunchError(f"There is no command {command}. Choose from {', '.join(COMMANDS)}.")
    return 0


def existing_key(environment: Mapping[str, str]) -> str:
    """Return the first API key. Raises LaunchError if no start has created one."""
    options = read_options(environment)
    if options.api_key:
        return options.api_key
    path = options.data_dir / "api_key"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise LaunchError(
            f"There is no API key in {options.data_dir} yet. Start the site once with `make run`, "
            "which creates it."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise LaunchError(f"Can't read the API key in {path}: {error}.") from error
