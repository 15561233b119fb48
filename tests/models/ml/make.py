"""Writes the cases beside it: what scikit-learn, XGBoost and LightGBM export as ai.onnx.ml, learnt from made-up numbers, with
ONNX Runtime's results.

    pip install scikit-learn==1.9.1 xgboost==3.2.0 lightgbm==4.7.0 skl2onnx==1.20.0 onnxmltools==1.16.0 onnxruntime==1.32.0
    python make.py
"""

import pathlib

import lightgbm
import numpy as np
import onnx
import onnxruntime
import xgboost
from onnx import numpy_helper
from onnxmltools.convert import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

random = np.random.default_rng(1)
x = random.normal(size=(60, 3)).astype(np.float32)
label = (x[:, 0] + x[:, 1] ** 2 > 0.5).astype(np.int64) + (x[:, 2] > 1)
amount = (3 * x[:, 0] - x[:, 1] * x[:, 2]).astype(np.float32)
holes = np.where(random.random(x.shape) < 0.2, np.float32(np.nan), x)
words = random.integers(0, 3, size=(20, 2))


def save(name, model, given):
    folder = pathlib.Path(__file__).parent / name
    (folder / "test_data_set_0").mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / "model.onnx")
    session = onnxruntime.InferenceSession(model.SerializeToString())
    results = session.run(None, {session.get_inputs()[0].name: given})
    # A ZipMap's list of maps is the tensor of their values.
    tensors = [np.array([list(row.values()) for row in r], np.float32) if isinstance(r, list) else r for r in results]
    for file, tensor in [("input_0", given), *((f"output_{i}", t) for i, t in enumerate(tensors))]:
        (folder / "test_data_set_0" / f"{file}.pb").write_bytes(numpy_helper.from_array(np.asarray(tensor)).SerializeToString())


def sklearn(name, estimator, given=x, wanted=label):
    estimator.fit(given, wanted)
    save(name, to_onnx(estimator, given[:1], target_opset={"": 18, "ai.onnx.ml": 3}), given[:8])


def boosted(name, estimator, convert, wanted):
    estimator.fit(x, wanted)
    save(name, convert(estimator, initial_types=[("x", FloatTensorType([None, 3]))], target_opset=15), x[:8])


sklearn("forest", RandomForestClassifier(3, max_depth=3, random_state=0))
sklearn("gradient_boosting", GradientBoostingRegressor(n_estimators=4, max_depth=2, random_state=0), x, amount)
sklearn("holes", make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()), holes)
sklearn("neighbours", KNeighborsClassifier(3))
sklearn("svm", SVC(probability=True, random_state=0))
sklearn("words", OneHotEncoder(handle_unknown="ignore", sparse_output=False), words, None)
boosted("xgboost", xgboost.XGBClassifier(n_estimators=3, max_depth=2), convert_xgboost, label)
boosted("lightgbm", lightgbm.LGBMRegressor(n_estimators=3, num_leaves=4, verbose=-1), convert_lightgbm, amount)
