"""How a month is read that is written in another way than the reference."""

from pathlib import Path

from contract.schema import Decimal, Feature, Label, Schema
from dataset import Options, propose_schema, read_dataset

LABEL = Label(name="paid")


def numbers(income: Decimal | None = None) -> Schema:
    """A schema of three numbers, made of a reference with decimal points."""
    features = [
        Feature(name="income", kind="numerical", decimal=income),
        Feature(name="price", kind="numerical"),
    ]
    return Schema(entity="id", features=features, label=LABEL, task="regression")


def test_decimal_commas_of_one_column_count_for_doubtful_ones(tmp_path: Path) -> None:
    """A month of another country is not a thousand times smaller, and it is said."""
    path = tmp_path / "month.csv"
    path.write_text("id;income;price;paid\na;8.654;3,06;1.250\nb;1.024;4,5;2.000\n")
    data = read_dataset(path, numbers())
    assert data.frame["income"].tolist() == [8654.0, 1024.0]
    assert data.frame["price"].tolist() == [3.06, 4.5]
    assert data.frame["paid"].tolist() == [1250.0, 2000.0]
    said = "its numbers have a comma before their decimals, as those of 'price' have, though they could be"
    told = [name for name in ("income", "price", "paid") if f"month.csv: {name}: {said}" in str(data.notes)]
    assert told == ["income", "paid"]


def test_decimal_commas_of_other_columns_leave_certain_numbers_alone(tmp_path: Path) -> None:
    """What the cells or the schema say goes first."""
    path = tmp_path / "month.csv"
    path.write_text("id;income;price;paid\na;8.65;3,06;1\nb;1.02;4,5;2\n")
    assert read_dataset(path, numbers()).frame["income"].tolist() == [8.65, 1.02]
    path.write_text("id;income;price;paid\na;8.654;3,06;1\nb;1.024;4,5;2\n")
    assert read_dataset(path, numbers(income=".")).frame["income"].tolist() == [8.654, 1.024]
    path.write_text("id;income;price;paid\na;8.654;3.06;1\nb;1.024;4.5;2\n")
    data = read_dataset(path, numbers())
    assert data.frame["income"].tolist() == [8.654, 1.024]
    assert data.notes == (
        "month.csv: cells are separated by semicolons",
        "month.csv: income: its points are read as before decimals, not thousands: `decimal` says how",
    )


def test_decimal_commas_of_a_number_to_predict_count_for_doubtful_features(tmp_path: Path) -> None:
    """Also where a schema is proposed, which leaves the row numbers out; classes say nothing of numbers."""
    path = tmp_path / "month.csv"
    path.write_text("id;income;price;paid\na;1,234;3;3,06\nb;2,750;4;4,5\n")
    data = read_dataset(path, numbers())
    assert data.frame["income"].tolist() == [1.234, 2.75]
    assert "month.csv: income: its numbers have a comma before their decimals, as those of 'paid'" in str(
        data.notes
    )
    (income,) = propose_schema(path, Options("id", "paid")).schema.features
    assert income.decimal == ","
    path.write_text("id;income;price;paid\na;1,234;3;1,5\nb;2,750;4;many\n")
    classes = Schema(entity="id", features=numbers().features, label=LABEL, task="binary")
    assert read_dataset(path, classes).frame["income"].tolist() == [1234.0, 2750.0]
    (income,) = propose_schema(path, Options("id", "paid", "binary")).schema.features
    assert income.decimal == "."


def test_points_that_may_separate_thousands_are_said(tmp_path: Path) -> None:
    """Where no comma separates cells and nothing says what the points are."""
    path = tmp_path / "month.csv"
    said = "month.csv: income: its points are read as before decimals, not thousands: `decimal` says how"
    for income, is_said in ((("1.125", "500"), True), (("1.125", "0.500"), False), (("1125", "500"), False)):
        path.write_text(f"id;income;price;paid\na;{income[0]};3;1\nb;{income[1]};4;2\n")
        assert (said in read_dataset(path, numbers()).notes) == is_said


def test_a_mark_that_the_reference_did_not_have_is_missing(tmp_path: Path) -> None:
    """It is no new category, and that is said; one that the reference has is a category."""
    path = tmp_path / "month.csv"
    path.write_text("id,city\np,a\nq,N/A\nr,\ns,none\nt,n/a\n")
    city = Feature(name="city", kind="categorical", nullable=True, categories=["a", "b"])
    data = read_dataset(path, Schema(entity="id", features=[city]))
    assert data.frame["city"].cat.categories.tolist() == ["a", "none"]
    assert data.notes == (
        "month.csv: city: 'N/A', 'n/a': read as missing, in 2 rows, for the reference has no such category",
    )
    known = city.model_copy(update={"categories": ["N/A", "a"]})
    data = read_dataset(path, Schema(entity="id", features=[known]))
    assert data.frame["city"].isna().sum() == 1
    assert data.notes == ()
