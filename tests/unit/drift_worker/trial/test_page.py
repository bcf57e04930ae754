"""A trial on its page, and in the sentences that a terminal has too."""

import re
from html import unescape
from pathlib import Path

from drift_worker.record.trial import Trial
from drift_worker.record.trials import save_trial, trial_file, trial_pages, trials_folder
from drift_worker.show.listing.page import reports_page
from drift_worker.show.trial.page import trial_page
from drift_worker.show.trial.sentences import about_no_drift, notes
from tests.support.evaluations.trial import broken, made_trial


def rows_of(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    section = page.split(f"<h2>{heading}</h2>")[1].split("</table>", maxsplit=1)[0]
    rows = [re.findall(r"<td>(.*?)(?=<td>|</tr>)", row) for row in section.split("<tr>")[2:]]
    return [[unescape(re.sub("<.*?>", "", cell)) for cell in row] for row in rows]


def test_what_is_not_seen_comes_first() -> None:
    """What is never seen before what more rows would show, each by its columns."""
    page = trial_page(made_trial())
    assert rows_of(page, "Breaks that 1,000 rows don't show") == [
        ["swapped booleans", "tv and movies", "0 of 40 windows", "never, up to 5,000 rows"],
        ["swapped booleans", "tv and paperless", "3 of 40 windows", "5,000 rows"],
    ]
    assert rows_of(page, "Breaks that 1,000 rows show") == [
        ["negated", "fee", "200 rows"],
        ["x 2", "fee", "50 rows"],
        ["negated", "the other 4", "50 rows"],
    ]


def test_shifts_are_told_by_the_columns_that_have_them() -> None:
    """The least sensitive column comes first."""
    assert rows_of(trial_page(made_trial()), "Shifts of one column, at 1,000 rows") == [
        ["age", "1 SD", "more than 1 SD"],
        ["fee", "0.1 SD", "1 SD"],
    ]


def test_no_false_action_in_few_windows_proves_little() -> None:
    """The sentence says how many there may still be, and that the budget is kept only where that is shown."""
    assert about_no_drift(made_trial()) == (
        "0 false actions in 800 windows without drift. Budgeted are at most 1 in 2,160; so few windows can "
        "only show, with a confidence of 95 %, at most 8.1."
    )
    assert about_no_drift(made_trial(alert_budget=10.0)).endswith("with a confidence of 95 % this is kept.")


def test_a_reference_with_times_sees_less_than_its_trial() -> None:
    """What a trial shows is without season; the note says by how much the worker's chance is wider."""
    (note,) = [each for each in notes(made_trial(dispersion=3.24)) if "has times" in each]
    assert "in windows of 1,000 rows up to 3.2 times for a column" in note
    assert not any("has times" in each for each in notes(made_trial()))


def test_what_was_not_tried_is_said() -> None:
    """Refused values, ignored features, pairs beyond the most, rows beyond the largest reference."""
    told = " ".join(
        notes(
            made_trial(
                ignored=("campaign",), pairs_left_out=11_125, population_rows=5_000, drawn_reference_rows=20
            )
        )
    )
    assert "Missing values in fee: predict refuses such requests with 422" in told
    assert "drift.ignore): campaign." in told
    assert "11,125 pairs" in told
    assert "5,000 of the reference" in told
    assert "20 rows" in told


def test_names_are_text_and_never_markup() -> None:
    """A column's name may hold anything."""
    page = trial_page(
        made_trial(breaks=(broken("x 2", "<script>alert(1)</script>", seen=0, seen_from=None),))
    )
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_trial_is_kept_once_for_each_model_version(tmp_path: Path) -> None:
    """A newer one takes its place; nothing else is ever read from the folder."""
    trials_folder(tmp_path)
    for seed in (1, 2):
        html, json = save_trial(tmp_path, made_trial(seed=seed), f"page {seed}")
    assert (html.read_text(), Trial.model_validate_json(json.read_bytes()).seed) == ("page 2", 2)
    assert trial_pages(tmp_path) == [html]
    (html.parent / "secret.html").write_text("not to be served")
    assert trial_file(tmp_path, json.name) == json
    assert trial_file(tmp_path, "secret.html") is None
    assert trial_file(tmp_path, f"../trials/{html.name}") is None


def test_the_list_of_reports_links_a_trial_before_there_is_any_window(tmp_path: Path) -> None:
    """It is for those who don't rely on the monitoring yet."""
    assert "drift-worker trial" not in reports_page(tmp_path)
    trials_folder(tmp_path)
    save_trial(tmp_path, made_trial(), "page")
    assert 'href="trials/churn-0123456789ab.html"' in reports_page(tmp_path)
