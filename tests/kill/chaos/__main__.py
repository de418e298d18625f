"""Inject all faults, or those whose names contain a given word, and print a table."""

import argparse
import sys

from tests.kill.chaos.cases import CASES, Outcome, carry_out
from tests.kill.chaos.site import TIMES, ChaosSite

HEAD = (
    "| Part | Fault | Runs | Ended right | Failed and said so | Lost | Doubled | Torn | Left over "
    "| Refused | Recovered after | Longest silence |\n|" + "---|" * 12 + "\n"
)


def main() -> int:
    """Print the table, and return 1 if something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="such as: postgres, kill")
    parser.add_argument(
        "--defaults", action="store_true", help="leases, heartbeats and sweeps as without settings"
    )
    given = parser.parse_args()
    chosen = [case for case in CASES if all(word in str(case) for word in given.words)]
    wrong: list[str] = []
    site = ChaosSite({} if given.defaults else TIMES).begin()
    try:
        sys.stdout.write(HEAD)
        for case in chosen:
            if case.fault == "full disk" and not site.has_disk:
                sys.stdout.write(f"| {case.part} | {case.fault} | only root can make a disk |\n")
                continue
            outcome = carry_out(site, case)
            sys.stdout.write(line(outcome))
            sys.stdout.flush()
            wrong += [f"{case}: {what}" for what in outcome.wrong()]
    finally:
        wrong += [f"process {pid} is left" for pid in site.end()]
    for what in wrong:
        sys.stderr.write(f"{what}\n")
    if wrong:
        sys.stderr.write(f"See {site.log_path}.\n")
    return bool(wrong)


def line(outcome: Outcome) -> str:
    """Return the table's line for a fault."""
    counted, case = outcome.counted, outcome.case
    values = (
        *(case.part, case.fault, counted.runs, counted.right, counted.failed),
        *(len(counted.lost), len(counted.doubled), len(counted.torn), len(outcome.left)),
        *(len(outcome.refused), f"{outcome.recovered:.1f} s", f"{outcome.longest:.1f} s"),
    )
    return f"| {' | '.join(map(str, values))} |\n"


if __name__ == "__main__":
    sys.exit(main())
