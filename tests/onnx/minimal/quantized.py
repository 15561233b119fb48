"""Products of quantised numbers, and ai.onnx.ml."""

from case import Tensor, case, f32, i64, ramp


def u8(shape, elements):
    return Tensor("u8", shape, elements)


def scale(number):
    return f32([], [number])


a, b = u8([1, 2], [3, 5]), u8([2, 1], [6, 10])
case("qlinear_matmul", "QLinearMatMul", [a, scale(0.5), u8([], [1]), b, scale(0.25), u8([], [2]), scale(0.5), u8([], [3])],
     [u8([1, 1], [13])])
case("matmul_integer", "MatMulInteger", [a, b, u8([], [1]), u8([], [2])], [Tensor("i32", [1, 1], [40])])
x, w = u8([1, 1, 1, 3], [1, 2, 3]), u8([1, 1, 1, 2], [1, 2])
case("qlinear_conv", "QLinearConv", [x, scale(1), u8([], [0]), w, scale(0.5), u8([], [0]), scale(0.5), u8([], [1])],
     [u8([1, 1, 1, 2], [6, 9])])
case("conv_integer", "ConvInteger", [u8([1, 1, 1, 3], [2, 3, 4]), w, u8([], [1])], [Tensor("i32", [1, 1, 1, 2], [5, 8])])
case("tfidf_vectorizer", "TfIdfVectorizer", [Tensor("i32", [4], [2, 5, 5, 1])], [f32([2], [1, 2])], min_gram_length=1,
     max_gram_length=1, max_skip_count=0, mode="TF", ngram_counts=[0], ngram_indexes=[0, 1], pool_int64s=[2, 5])
ml = {"ai.onnx.ml": 3}
case("array_feature_extractor", "ai.onnx.ml::ArrayFeatureExtractor", [ramp([2, 3]), i64([2], [2, 0])],
     [f32([2, 2], [-0.5, -1, 0.25, -0.25])], domains=ml)
case("binarizer", "ai.onnx.ml::Binarizer", [f32([3], [-1, 0.5, 2])], [f32([3], [0, 0, 1])], domains=ml, threshold=0.5)
