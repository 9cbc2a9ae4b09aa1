"""What a run's files must hold: all numbers are there and finite, and among them the losses that it must have."""
import csv, json, math, struct


class Wrong(Exception):
    """Says what is wrong."""


def cell(path, line, column, text):
    try:
        if math.isfinite(float(text)):
            return
    except ValueError:
        return  # a word
    raise Wrong(f"{path}: line {line}, {column}: {text}")


TEXT = ("label_name", "pred_name", "top2_name", "stage", "label", r"true\predicted")
MAY_BE_EMPTY = ("t", "mean_target_cos", "mean_weight_cos", "embedding_rank", "val_leak_accuracy", "train_leak_accuracy",
                "val_margin_loss", "top2", "margin", "knn_pred", "center_pred")


def finite_csv(path):
    with open(path, newline="") as f:
        rows = list(csv.reader(f))
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(rows[0]):
            raise Wrong(f"{path}: line {number} has {len(row)} cells, not {len(rows[0])}")
        for column, text in zip(rows[0], row):
            total = path.name == "classification_report.csv"  # below the classes, of which not all columns tell
            absent = path.name == "centers.csv" and "0" in row[2:3]  # a class without training samples
            if column in TEXT or (text == "" and (total or absent)):
                continue
            if text == "" and not column.startswith("val_") and column not in MAY_BE_EMPTY:
                raise Wrong(f"{path}: line {number}, {column} is empty")
            cell(path, number, column, text)
    return rows


def finite_json(path):
    def refuse(word):
        raise Wrong(f"{path}: {word}")
    return json.loads(path.read_text(), parse_constant=refuse)


def finite_weights(path):
    data = path.read_bytes()
    at = 8 + int.from_bytes(data[:8], "little")
    for name, tensor in json.loads(data[8:at]).items():
        if name != "__metadata__" and tensor["dtype"] in ("F32", "F64"):
            begin, end = tensor["data_offsets"]
            code, size = ("f", 4) if tensor["dtype"] == "F32" else ("d", 8)
            values = struct.unpack(f"<{(end - begin) // size}{code}", data[at + begin:at + end])
            if not all(map(math.isfinite, values)):
                raise Wrong(f"{path}: {name} is not finite")


def check_outputs(run, experiment):
    rows = finite_csv(run / "metrics.csv")
    validates = bool(experiment["data"].get("validation"))
    for row in rows[1:]:
        values = dict(zip(rows[0], row))
        if validates != (values["val_loss"] != "") or values["train_loss"] == "":
            raise Wrong(f"{run}: metrics.csv: losses of epoch {values['epoch']}: {values}")
    for path in list(run.glob("eval/*/*.csv")) + list(run.glob("embeddings/*.csv")):
        finite_csv(path)
    for path in run.glob("eval/*/metrics.json"):
        finite_json(path)
    for path in run.glob("checkpoints/*.safetensors"):
        finite_weights(path)
    summary = finite_json(run / "summary.json")
    for split in ("validation", "test"):
        for figure in ("accuracy", "loss", "macro_f1"):
            if (run / "eval" / split).is_dir() and not isinstance(summary.get(f"{split}_{figure}"), (int, float)):
                raise Wrong(f"{run}: summary.json: {split}_{figure} is {summary.get(f'{split}_{figure}')}")
