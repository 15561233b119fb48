"""ai.onnx.ml: features, linear models, support vectors, trees; and n-grams."""

import math

from case import Tensor, build, case, f32, i64, ramp

case("tfidf_vectorizer", "TfIdfVectorizer", [Tensor("i32", [4], [2, 5, 5, 1])], [f32([2], [1, 2])], min_gram_length=1,
     max_gram_length=1, max_skip_count=0, mode="TF", ngram_counts=[0], ngram_indexes=[0, 1], pool_int64s=[2, 5])
# 2, 5 and 5, 9 with at most one number skipped between the two; weights stand for what TF counts.
case("tfidf_vectorizer_skips", "TfIdfVectorizer", [i64([2, 4], [2, 7, 5, 9, 5, 9, 5, 9])], [f32([2, 2], [0.5, 2, 0, 4])],
     min_gram_length=2, max_gram_length=2, max_skip_count=1, mode="TFIDF", ngram_counts=[0, 0], ngram_indexes=[0, 1],
     pool_int64s=[2, 5, 5, 9], weights=[0.5, 2.0])


def ml(name, op, inputs, outputs, version=3, **attributes):
    case(name, "ai.onnx.ml::" + op, inputs, outputs, domains={"ai.onnx.ml": version}, **attributes)


# ---- features ----

ml("array_feature_extractor", "ArrayFeatureExtractor", [ramp([2, 3]), i64([2], [2, 0])],
   [f32([2, 2], [-0.5, -1, 0.25, -0.25])])
ml("binarizer", "Binarizer", [f32([3], [-1, 0.5, 2])], [f32([3], [0, 0, 1])], threshold=0.5)
ml("scaler", "Scaler", [i64([2, 2], [1, 2, 3, 4])], [f32([2, 2], [0.25, -6, 1.25, -2])], offset=[0.5, 5.0], scale=[0.5, 2.0])
ml("scaler_one_scale", "Scaler", [f32([2, 2], [1, 2, 3, 4])], [f32([2, 2], [0, 2, 4, 6])], offset=[1.0], scale=[2.0])
ml("imputer", "Imputer", [f32([2, 2], [math.nan, 2, 3, math.nan])], [f32([2, 2], [7, 2, 3, 8])],
   imputed_value_floats=[7.0, 8.0], replaced_value_float=math.nan)
ml("imputer_integers", "Imputer", [i64([1, 3], [-1, 5, -1])], [i64([1, 3], [9, 5, 9])], imputed_value_int64s=[9],
   replaced_value_int64=-1)
rows = f32([2, 3], [3, -4, 0, -1, 2, 2])
for norm, of in (("MAX", max), ("L1", lambda r: sum(map(abs, r))), ("L2", lambda r: math.sqrt(sum(v * v for v in r)))):
    ml("normalizer_" + norm.lower(), "Normalizer", [rows],
       [build("f32", [2, 3], lambda i, j: rows.at(i, j) / of(rows.data[3 * i:3 * i + 3]))], norm=norm)
ml("one_hot_encoder", "OneHotEncoder", [i64([3], [7, 2, 5])], [f32([3, 2], [1, 0, 0, 0, 0, 1])], cats_int64s=[7, 5], zeros=1)
ml("label_encoder", "LabelEncoder", [i64([4], [3, 1, 9, 2])], [f32([4], [30, 10, -2, 20])], keys_int64s=[1, 2, 3],
   values_floats=[10.0, 20.0, 30.0], default_float=-2.0)
ml("label_encoder_tensors", "LabelEncoder", [Tensor("f64", [3], [0.5, math.nan, 4])], [i64([3], [5, 7, 0])], version=4,
   keys_tensor=Tensor("f64", [2], [0.5, math.nan]), values_tensor=i64([2], [5, 7]), default_tensor=i64([1], [0]))
for dtype in ("i16", "i32", "f32"):
    ml(f"label_encoder_{dtype}", "LabelEncoder", [Tensor(dtype, [3], [4, -1, 2])], [Tensor(dtype, [3], [8, 0, 5])], version=4,
       keys_tensor=Tensor(dtype, [2], [2, 4]), values_tensor=Tensor(dtype, [2], [5, 8]), default_tensor=Tensor(dtype, [1], [0]))
ml("feature_vectorizer", "FeatureVectorizer", [f32([2, 1], [1, 2]), i64([2, 2], [3, 4, 5, 6])],
   [f32([2, 3], [1, 3, 4, 2, 5, 6])], inputdimensions=[1, 2])

# ---- linear models ----

x = f32([3, 2], [1, 2, -1, 0.5, 0, -3])


def dot(a, b):
    return sum(p * q for p, q in zip(a, b, strict=True))


def row(i):
    return x.data[2 * i:2 * i + 2]


def logistic(v):
    return 1 / (1 + math.exp(-v))


def softmax(scores):
    powers = [math.exp(s - max(scores)) for s in scores]
    return [p / sum(powers) for p in powers]


def classes(scores, labels):
    return i64([len(scores)], [labels[s.index(max(s))] for s in scores])


w = [[0.5, -1.0], [2.0, 0.25], [-1.0, 1.0]]
flat = [v for r in w for v in r]
ml("linear_regressor", "LinearRegressor", [x], [build("f32", [3, 1], lambda i, j: dot(row(i), w[0]) + 0.75)],
   coefficients=w[0], intercepts=[0.75])
ml("linear_regressor_targets", "LinearRegressor", [x], [build("f32", [3, 3], lambda i, j: dot(row(i), w[j]))],
   coefficients=flat, targets=3)
scores = [[dot(row(i), w[j]) + 0.5 * j for j in range(3)] for i in range(3)]
for transform, f in (("NONE", list), ("SOFTMAX", softmax), ("LOGISTIC", lambda s: list(map(logistic, s)))):
    ml("linear_classifier_" + transform.lower(), "LinearClassifier", [x],
       [classes(scores, [4, 7, 9]), f32([3, 3], [v for s in scores for v in f(s)])], coefficients=flat,
       intercepts=[0.0, 0.5, 1.0], classlabels_ints=[4, 7, 9], post_transform=transform)

# ---- support vectors ----

support = [[1.0, 1.0], [-1.0, 0.0], [0.5, -2.0]]
support_flat = [v for r in support for v in r]
kernels = {
    "LINEAR": lambda a, b: dot(a, b),
    "POLY": lambda a, b: (0.5 * dot(a, b) + 1) ** 2,
    "RBF": lambda a, b: math.exp(-0.5 * sum((p - q) ** 2 for p, q in zip(a, b))),
    "SIGMOID": lambda a, b: math.tanh(0.5 * dot(a, b) + 1),
}
alpha = [0.5, -1.5, 1.0]
for kind, k in kernels.items():
    ml("svm_regressor_" + kind.lower(), "SVMRegressor", [x],
       [build("f32", [3, 1], lambda i, j: dot([k(row(i), s) for s in support], alpha) + 0.25)], coefficients=alpha,
       kernel_params=[0.5, 1.0, 2.0], kernel_type=kind, n_supports=3, rho=[0.25], support_vectors=support_flat)
ml("svm_regressor_one_class", "SVMRegressor", [x],
   [build("f32", [3, 1], lambda i, j: 1 if dot([kernels["LINEAR"](row(i), s) for s in support], alpha) - 1 > 0 else -1)],
   coefficients=alpha, kernel_params=[0.0, 0.0, 3.0], kernel_type="LINEAR", n_supports=3, one_class=1, rho=[-1.0],
   support_vectors=support_flat)
# One vector a class. The decision between classes p < q: coefficient row q - 1 for p's vector, row p for q's.
matrix = [[1.0, -0.5, 0.25], [0.75, -1.0, -2.0]]
decisions, winners = [], []
for i in range(3):
    k = [kernels["RBF"](row(i), s) for s in support]
    votes = [0, 0, 0]
    for at, (p, q) in enumerate(((0, 1), (0, 2), (1, 2))):
        decision = matrix[q - 1][p] * k[p] + matrix[p][q] * k[q] + [0.1, -0.2, 0.3][at]
        decisions.append(decision)
        votes[p if decision > 0 else q] += 1
    winners.append([5, 6, 8][votes.index(max(votes))])
ml("svm_classifier", "SVMClassifier", [x], [i64([3], winners), f32([3, 3], decisions)], classlabels_ints=[5, 6, 8],
   coefficients=[v for r in matrix for v in r], kernel_params=[0.5, 0.0, 0.0], kernel_type="RBF", rho=[0.1, -0.2, 0.3],
   support_vectors=support_flat, vectors_per_class=[1, 1, 1])

# ---- trees ----

# Two trees over x: feature 0 <= 0.5 ? leaf : (feature 1 < 1 ? leaf : leaf), and one leaf alone.
def first(i):
    return 1.0 if row(i)[0] <= 0.5 else (2.0 if row(i)[1] < 1 else 3.0)


nodes = {
    "nodes_treeids": [0, 0, 0, 0, 0, 1], "nodes_nodeids": [0, 1, 2, 3, 4, 0], "nodes_featureids": [0, 0, 1, 0, 0, 0],
    "nodes_modes": ["BRANCH_LEQ", "LEAF", "BRANCH_LT", "LEAF", "LEAF", "LEAF"],
    "nodes_values": [0.5, 0.0, 1.0, 0.0, 0.0, 0.0], "nodes_truenodeids": [1, 0, 3, 0, 0, 0],
    "nodes_falsenodeids": [2, 0, 4, 0, 0, 0],
}
leaves = {"treeids": [0, 0, 0, 1], "nodeids": [1, 3, 4, 0]}
ml("tree_ensemble_regressor", "TreeEnsembleRegressor", [x], [build("f32", [3, 1], lambda i, j: first(i) + 0.5 + 10)],
   n_targets=1, base_values=[10.0], target_ids=[0, 0, 0, 0], target_weights=[1.0, 2.0, 3.0, 0.5],
   **{"target_" + k: v for k, v in leaves.items()}, **nodes)
ml("tree_ensemble_regressor_average", "TreeEnsembleRegressor", [x], [build("f32", [3, 1], lambda i, j: (first(i) + 0.5) / 2)],
   n_targets=1, aggregate_function="AVERAGE", target_ids=[0, 0, 0, 0], target_weights=[1.0, 2.0, 3.0, 0.5],
   **{"target_" + k: v for k, v in leaves.items()}, **nodes)
tree_scores = []
for i in range(3):
    s = [0.0, 0.0, 1.5]
    s[{1.0: 0, 2.0: 1, 3.0: 2}[first(i)]] += first(i)
    tree_scores.append(s)
ml("tree_ensemble_classifier", "TreeEnsembleClassifier", [x],
   [classes(tree_scores, [2, 4, 6]), f32([3, 3], [v for s in tree_scores for v in softmax(s)])],
   classlabels_int64s=[2, 4, 6], post_transform="SOFTMAX", class_ids=[0, 1, 2, 2], class_weights=[1.0, 2.0, 3.0, 1.5],
   **{"class_" + k: v for k, v in leaves.items()}, **nodes)
# The form of version 5: inner nodes and leaves apart; modes 0 (<=) and 1 (<).
ml("tree_ensemble", "TreeEnsemble", [x], [build("f32", [3, 1], lambda i, j: first(i))], version=5, n_targets=1,
   nodes_featureids=[0, 1], nodes_modes=Tensor("u8", [2], [0, 1]), nodes_splits=f32([2], [0.5, 1]),
   nodes_truenodeids=[0, 1], nodes_trueleafs=[1, 1], nodes_falsenodeids=[1, 2], nodes_falseleafs=[0, 1], tree_roots=[0],
   leaf_targetids=[0, 0, 0], leaf_weights=f32([3], [1, 2, 3]))
# The maps from class to score are the scores.
ml("zip_map", "ZipMap", [rows], [rows], classlabels_int64s=[1, 2, 3])
