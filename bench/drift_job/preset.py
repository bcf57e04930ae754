"""The other side: Evidently's DataDriftPreset as its documentation shows it, on frames in memory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset
from evidently.ui.workspace import Workspace

from contract.schema import Schema
from drift_worker.detect.evidently.frames import columns_of, data_definition

DRIFT_SHARE: Final = 0.30


@dataclass(frozen=True, slots=True)
class PresetReport:
    """Compares the features of two frames and saves the same files as the job."""

    folder: Path
    workspace: Workspace
    project: str
    definition: DataDefinition
    columns: list[str]

    def run(self, reference: pd.DataFrame, current: pd.DataFrame) -> None:
        """Compute the preset's report; write HTML and JSON, and add the run to the workspace."""
        report = Report([DataDriftPreset(columns=self.columns, drift_share=DRIFT_SHARE)])
        snapshot = report.run(
            Dataset.from_pandas(current[self.columns], self.definition),
            Dataset.from_pandas(reference[self.columns], self.definition),
        )
        snapshot.save_html(str(self.folder / "report.html"))
        snapshot.save_json(str(self.folder / "report.json"))
        self.workspace.add_run(self.project, snapshot)


def preset_report(folder: Path, schema: Schema) -> PresetReport:
    """The preset over the schema's features, with the job's explicit definition of them."""
    folder.mkdir()
    workspace = Workspace.create(str(folder / "workspace"))
    return PresetReport(
        folder=folder,
        workspace=workspace,
        project=str(workspace.create_project("bench").id),
        definition=data_definition(columns_of(schema, outputs={})),
        columns=schema.feature_names,
    )
