#include "ops/refused.hpp"

#include <algorithm>

namespace wasminfer::gen {

namespace {

constexpr std::string_view random =
    "draws random numbers, which is not supported: a header computes the same each time";
constexpr std::string_view random_advice = "make what it draws an input of the model";
constexpr std::string_view strings = "computes on strings, which are not supported";
constexpr std::string_view strings_advice = "do it before the model is run, and hand over numbers";
constexpr std::string_view training = "is for training, which is not supported";
constexpr std::string_view training_advice = "export the model for inference";

constexpr Refusal refusals[] = {
    {"", "Bernoulli", random, random_advice},
    {"", "Multinomial", random, random_advice},
    {"", "RandomNormal", random, random_advice},
    {"", "RandomNormalLike", random, random_advice},
    {"", "RandomUniform", random, random_advice},
    {"", "RandomUniformLike", random, random_advice},
    {"", "RegexFullMatch", strings, strings_advice},
    {"", "StringConcat", strings, strings_advice},
    {"", "StringNormalizer", strings, strings_advice},
    {"", "StringSplit", strings, strings_advice},
    {"", "ImageDecoder", "decodes image files, which is not supported", "decode them before the model is run"},
    {"", "SequenceMap", "maps over a sequence, which is not supported", "export the model without sequences"},
    {"ai.onnx.ml", "CastMap", "reads a map, which is not supported"},
    {"ai.onnx.ml", "CategoryMapper", strings, strings_advice},
    {"ai.onnx.ml", "DictVectorizer", "reads a map, which is not supported"},
    {"ai.onnx.training", "", training, training_advice},
    {"ai.onnx.preview", "", "is of a preview domain, which is not supported"},
    {"ai.onnx.preview.training", "", training, training_advice},
};

}  // namespace

std::span<const Refusal> all_refusals()
{
    return refusals;
}

const Refusal* find_refusal(std::string_view domain, std::string_view type)
{
    const auto* it = std::ranges::find_if(refusals, [&](const Refusal& refusal) {
        return refusal.domain == domain && (refusal.type.empty() || refusal.type == type);
    });
    return it == std::end(refusals) ? nullptr : it;
}

}  // namespace wasminfer::gen
