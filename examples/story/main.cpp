// Writes a story, token by token: a language model of 260 K parameters, its key/value cache kept in place.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "stories260k.hpp"  // generated from stories260k.onnx

namespace {

constexpr int begin_of_text = 1;

/// The pieces of text that tokens stand for, at their numbers: a line each, "number piece", with _ for a blank.
std::vector<std::string> read_pieces(const std::string& path)
{
    std::vector<std::string> pieces(512, "?");
    std::ifstream file{path};
    std::size_t token = 0;
    for (std::string piece; file >> token >> piece && token < pieces.size();) {
        std::ranges::replace(piece, '_', ' ');
        pieces[token] = piece == "\\n" ? "\n" : piece;
    }
    return pieces;
}

std::vector<int> read_numbers(const std::string& path)
{
    std::vector<int> numbers;
    std::ifstream file{path};
    for (int number = 0; file >> number;) {
        numbers.push_back(number);
    }
    return numbers;
}

/// The token that the model finds likeliest behind this one.
int next_token(stories260k::Model& model, int token, std::size_t position)
{
    model.input_ids()[0] = token;
    model.position_ids()[0] = static_cast<std::int64_t>(position);
    if (!model.run()) {
        return begin_of_text;  // the cache is full
    }
    const auto logits = model.logits();
    return static_cast<int>(std::ranges::max_element(logits) - logits.begin());
}

}  // namespace

int main()
{
    const auto pieces = read_pieces("pieces.txt");
    const auto expected = read_numbers("expected_tokens.txt");
    stories260k::Model model;
    if (expected.empty() || !model.ready()) {
        std::fprintf(stderr, "story: no expected_tokens.txt, or no memory\n");
        return 1;
    }
    std::vector<int> story;
    const auto start = std::chrono::steady_clock::now();
    for (int token = begin_of_text; story.size() < expected.size(); story.push_back(token)) {
        token = next_token(model, token, story.size());
        if (token == begin_of_text) {
            break;
        }
        std::fputs(pieces[static_cast<std::size_t>(token)].c_str() + (story.empty() ? 1 : 0), stdout);
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    const auto same = std::ranges::mismatch(story, expected).in1 - story.begin();
    std::printf("\n\n%zu tokens, %.0f a second; %zu rows of %zu bytes in the cache\n", story.size(),
                static_cast<double>(story.size()) / time.count(), static_cast<std::size_t>(model.sizes().past),
                10 * 4 * 8 * sizeof(float));
    std::printf("%zu of %zu as ONNX Runtime has them\n", static_cast<std::size_t>(same), expected.size());
    return static_cast<std::size_t>(same) == expected.size() ? 0 : 1;
}
