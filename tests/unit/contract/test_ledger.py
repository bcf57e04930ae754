"""A ledger is balanced, or says where it is not."""

from contract.ledger import Ledger, ledger_from


def test_a_balanced_ledger_has_no_differences() -> None:
    """What was appended is in closed windows or the open one; what was closed has an outcome or waits."""
    ledger = ledger_from(
        {
            b"appended": b"25",
            b"closed": b"20",
            b"evaluated": b"8",
            b"dead_lettered": b"1",
            b"duplicate": b"1",
        },
        open_rows=5,
        waiting_rows=10,
    )
    assert ledger.differences == []


def test_a_difference_is_named_with_both_sides() -> None:
    """Each equation that fails is told with its figures."""
    assert Ledger(appended=3, open=2, closed=2, waiting=1).differences == [
        "appended is 3, but in closed windows + in the open one is 4",
        "in closed windows is 2, but evaluated + dead-lettered + duplicate + expired + failed + waiting is 1",
    ]
