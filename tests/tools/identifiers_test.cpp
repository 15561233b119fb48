#include <doctest/doctest.h>

#include "emit/identifiers.hpp"

using namespace wasminfer::gen;

TEST_CASE("identifier: what ONNX models really use")
{
    CHECK(identifier("image") == "image");
    CHECK(identifier("39") == "v39");
    CHECK(identifier("Identity:0") == "Identity_0");
    CHECK(identifier("onnx::Multinomial_172") == "onnx_Multinomial_172");
    CHECK(identifier("/conv1/Conv_output_0") == "conv1_Conv_output_0");
    CHECK(identifier("") == "v");
    CHECK(identifier("日本") == "v");
}

TEST_CASE("identifier: keywords, macros and reserved forms are avoided")
{
    CHECK(identifier("class") == "class_");
    CHECK(identifier("and") == "and_");
    CHECK(identifier("errno") == "errno_");
    CHECK(identifier("NULL") == "NULL_");
    CHECK(identifier("INT_MAX") == "INT_MAX_");
    CHECK(identifier("__x__y") == "x_y");
    CHECK(identifier("X") == "X");
}

TEST_CASE("namespace_identifier: functions of the C library are avoided")
{
    CHECK(namespace_identifier("digits") == "digits");
    CHECK(namespace_identifier("select") == "select_");
    CHECK(namespace_identifier("index") == "index_");
    CHECK(namespace_identifier("my net") == "my_net");
}

TEST_CASE("identifier: ten thousand characters become sixty-four")
{
    CHECK(identifier(std::string(10000, 'a')) == std::string(64, 'a'));
}

TEST_CASE("Identifiers: collisions are numbered, in order")
{
    Identifiers names;
    CHECK(names.make("a:b") == "a_b");
    CHECK(names.make("a b") == "a_b_2");
    CHECK(names.make("a/b", "_at") == "a_b_at");
    CHECK(names.make("a_b_at") == "a_b_at_2");
    CHECK(Identifiers{{"run"}}.make("run") == "run_2");
}

TEST_CASE("comment_text: nothing ends the comment or continues it")
{
    CHECK(comment_text("a\nb") == "a.b");
    CHECK(comment_text("end\\") == "end.");
    CHECK(comment_text("?\?/") == "../");
    CHECK(comment_text("*/ #include \"x\"") == "*/ #include \"x\"");
    CHECK(comment_text(std::string(200, 'x'), 10) == "xxxxxxxxxx...");
}

TEST_CASE("string_literal: quotes, backslashes, trigraphs and control characters are escaped")
{
    CHECK(string_literal("a\"b") == "\"a\\042b\"");
    CHECK(string_literal("\n\\?") == "\"\\012\\134\\077\"");
}
