"""Commands on the data of a site that another launcher runs, or that nobody runs at the moment."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from playground.embedded.console import Console
from playground.embedded.errors import LaunchError
from playground.embedded.folders import FolderBusy, make_folder
from playground.embedded.launcher import Launcher, lock_data_folder
from playground.embedded.noted import noted_model
from playground.embedded.options import Options
from playground.embedded.servers.model import bundled_model, name_of
from playground.embedded.supervisor import Supervisor


def seed(options: Options, environment: Mapping[str, str], console: Console) -> None:
    """Add the demo data, whether the site runs or not. Raises LaunchError."""
    supervisor = Supervisor(console.say)
    supervisor.handle_signals()
    model = "" if options.has_provider else name_of(options.model_path or bundled_model())
    with _beside_site(options) as running:
        launcher = Launcher(_without_model(options), environment, console, supervisor)
        launcher.seed(model=model, running=running)


def new_link(options: Options, environment: Mapping[str, str], console: Console) -> str:
    """Return a new sign-in link to the site that runs. Raises LaunchError."""
    supervisor = Supervisor(console.say)
    supervisor.handle_signals()
    with _beside_site(options) as running:
        if not running:
            raise LaunchError(
                "The site isn't running. `make run` starts it and prints a sign-in link."
            )
        return Launcher(_without_model(options), environment, console, supervisor).new_link()


def manage(
    options: Options, environment: Mapping[str, str], console: Console, arguments: Sequence[str]
) -> int:
    """Run a command of manage.py on the site's data, whether the site runs or not.

    Return its exit status. Raises LaunchError.
    """
    supervisor = Supervisor(console.say)
    supervisor.handle_signals()
    with _beside_site(options) as running:
        # Some commands ask which models there are, such as run_experiment for their prices.
        model = noted_model(options.data_dir) if running else {}
        own = {**model, **environment}
        launcher = Launcher(_without_model(options), own, console, supervisor)
        return launcher.manage(arguments, running=running)


@contextlib.contextmanager
def _beside_site(options: Options) -> Iterator[bool]:
    """Yield whether another launcher runs the site. If none does, keep others from starting it."""
    make_folder(options.data_dir)
    try:
        lock = lock_data_folder(options)
    except FolderBusy:
        yield True
        return
    try:
        yield False
    finally:
        lock.release()


def _without_model(options: Options) -> Options:
    # No model of the site's own is asked.
    return replace(options, has_provider=True)
