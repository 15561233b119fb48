#include "support/printable.hpp"

namespace wasminfer::gen {

std::string printable(std::string_view text, std::size_t longest)
{
    std::string clean;
    for (const char c : text.substr(0, longest)) {
        clean += (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? '?' : c;
    }
    return text.size() > longest ? clean + "…" : clean;
}

}  // namespace wasminfer::gen
