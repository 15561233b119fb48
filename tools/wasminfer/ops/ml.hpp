// What the operators of ai.onnx.ml have in common: tables of rows, lists in attributes, scores, and labels of classes.
#pragma once

#include <wasminfer/kernels/ml_scores.hpp>

#include <functional>

#include "ops/operator.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

inline constexpr std::string_view ml_domain = "ai.onnx.ml";
/// What X may be made of, wherever it is numbers.
inline constexpr TypeSet ml_types = set_of(DType::f32, DType::f64, DType::i64, DType::i32);

/// X as a table: [N, C], or [C] for one row.
struct Table {
    Dim rows, cols;
};

Table table_of(const NodeView& view, std::size_t input);

/// The numbers of an attribute: the list `key`, or the tensor `key`_as_tensor (ai.onnx.ml 3); empty where both are absent.
std::vector<double> numbers_attribute(const NodeView& view, const std::string& key);
std::vector<std::string> strings_attribute(const NodeView& view, const std::string& key);
/// Refuses lists of different lengths.
void require_count(std::size_t count, std::size_t expected, const std::string& what);

/// The attribute post_transform.
score_transform transform_of(const NodeView& view);

/// What a classifier says of its classes, from the attributes post_transform, `ints` and `strings`.
struct Classes {
    /// Integer labels in their order, two at least; where labels are strings, their places: the scores are still served,
    /// and a label output is refused.
    std::vector<std::int64_t> labels;
    score_transform transform = score_transform::none;
    /// One score stands for two classes: the second's, above `threshold` where the label is the second. The first's is
    /// -s, or with complement 1 - s.
    bool lone = false;
    bool complement = false;
    float threshold = 0;

    /// Scores in a row before they are transformed, and in the output.
    std::int64_t made() const { return lone ? 1 : std::ssize(labels); }
    std::int64_t count() const { return std::ssize(labels); }
};

Classes classes_of(const NodeView& view, const std::string& ints, const std::string& strings);
/// Outputs 0, labels, and 1, scores.
void infer_classes(Infer& infer, const Classes& classes, const Dim& rows);
/// The same, from what `score` writes to the operand that it gets: rows × classes.made(), before the transform.
void lower_classes(Lower& lower, const Classes& classes, const Dim& rows,
                   const std::function<void(const Operand&)>& score);

/// The input in float: as it is, or in a temporary.
Operand as_floats(Lower& lower, std::size_t input);

/// rows × cols scores, transformed into `to`.
void lower_transform(Lower& lower, const Operand& from, const Operand& to, const Dim& rows, const Dim& cols,
                     score_transform transform);
/// A lone score a row as two classes; complement: [1 - s, s] in place of [-s, s].
void lower_two_classes(Lower& lower, const Operand& from, const Operand& to, const Dim& rows, score_transform transform,
                       bool complement);
/// Output 0: the label of each row's largest score.
void lower_largest_class(Lower& lower, const Operand& scores, const std::vector<std::int64_t>& labels, const Dim& rows,
                         const Dim& cols);

// The families of ai.onnx.ml, and TfIdfVectorizer, one .cpp each.
std::span<const Operator> ml_feature_operators();
std::span<const Operator> ml_label_operators();
std::span<const Operator> ml_linear_operators();
std::span<const Operator> ml_svm_operators();
std::span<const Operator> ml_tree_operators();
std::span<const Operator> tfidf_operators();

}  // namespace wasminfer::gen
