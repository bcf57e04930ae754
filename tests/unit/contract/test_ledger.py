"""A ledger is balanced, or says where it is not."""

from contract.ledger import Ledger, ledger_from


def test_a_balanced_ledger_has_no_differences() -> None:
    """What was appended is in closed windows or the open one; what was closed has an outcome or waits."""
    ledger = ledger_from(
        {
            b"accepted": b"40",
            b"spooled": b"5",
            b"dropped": b"1",
            b"unsampled": b"6",
            b"repeated": b"2",
            b"lost": b"1",
            b"appended": b"25",
            b"closed": b"20",
            b"foreign": b"2",
            b"evaluated": b"8",
            b"dead_lettered": b"3",
            b"duplicate": b"1",
        },
        open_rows=5,
        pending_rows=10,
    )
    assert ledger.differences == []


def test_a_difference_is_named_with_both_sides() -> None:
    """Each equation that fails is told with its figures."""
    assert Ledger(accepted=4, appended=3, open=2, closed=2, pending=1).differences == [
        "accepted is 4, but appended + spooled + dropped + unsampled + repeated + lost is 3",
        "appended is 3, but in closed windows + in the open one is 4",
        "closed + foreign is 2, but evaluated + dead-lettered + duplicate + expired + failed + pending is 1",
    ]
