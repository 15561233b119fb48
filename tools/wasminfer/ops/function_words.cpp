// The elementary functions: one line an operator.
#include "ops/elementwise_words.hpp"

namespace wasminfer::gen {

std::span<const UnaryWord> function_words()
{
    using namespace types;
    static constexpr UnaryWord words[] = {
        unary_word<abs_, numbers>("Abs", 1, "abs_"),
        unary_word<acos_, floats>("Acos", 7, "acos_"),
        unary_word<acosh_, floats>("Acosh", 9, "acosh_"),
        unary_word<asin_, floats>("Asin", 7, "asin_"),
        unary_word<asinh_, floats>("Asinh", 9, "asinh_"),
        unary_word<atan_, floats>("Atan", 7, "atan_"),
        unary_word<atanh_, floats>("Atanh", 9, "atanh_"),
        unary_word<bit_not, integers>("BitwiseNot", 18, "bit_not"),
        unary_word<ceil_, floats>("Ceil", 1, "ceil_"),
        unary_word<cos_, floats>("Cos", 7, "cos_"),
        unary_word<cosh_, floats>("Cosh", 9, "cosh_"),
        unary_word<erf_, floats>("Erf", 9, "erf_"),
        unary_word<exp_, floats>("Exp", 1, "exp_"),
        unary_word<floor_, floats>("Floor", 1, "floor_"),
        {.type = "IsInf",
         .since = 10,
         .types = floats,
         .functor = "is_inf",
         .host = run_unary<is_inf, floats, true>,
         .parameters = {{{"detect_positive", 1, true}, {"detect_negative", 1, true}}},
         .boolean = true},
        {.type = "IsNaN",
         .since = 9,
         .types = floats,
         .functor = "is_nan",
         .host = run_unary<is_nan, floats, true>,
         .boolean = true},
        unary_word<log_, floats>("Log", 1, "log_"),
        unary_word<neg, signed_numbers>("Neg", 1, "neg"),
        unary_word<not_, booleans>("Not", 1, "not_"),
        unary_word<reciprocal, floats>("Reciprocal", 1, "reciprocal"),
        unary_word<round_, floats>("Round", 11, "round_"),
        unary_word<sign, numbers>("Sign", 9, "sign"),
        unary_word<sin_, floats>("Sin", 7, "sin_"),
        unary_word<sinh_, floats>("Sinh", 9, "sinh_"),
        unary_word<sqrt_, floats>("Sqrt", 1, "sqrt_"),
        unary_word<tan_, floats>("Tan", 7, "tan_"),
    };
    return words;
}

}  // namespace wasminfer::gen
