// A picture of any size up to 64 x 64, by one header for all.
#include "cnn_dynamo.hpp"
#include "cnn_torchscript.hpp"

#include "expected.hpp"

template <class Model>
bool check(const char* exporter)
{
    Model model;
    Expected expected{0};
    constexpr int sizes[][2] = {{32, 32}, {20, 44}};
    for (const auto [height, width] : sizes) {
        if (!model.ready() || !model.resize({.height = height, .width = width})) {
            return false;
        }
        model.image(expected.next());
        model.run();
        expected.check(model.scores());
    }
    return expected.report(exporter);
}

int main()
{
    const bool torchscript = check<cnn_torchscript::Model>("cnn, torchscript");
    const bool dynamo = check<cnn_dynamo::Model>("cnn, dynamo");
    return torchscript && dynamo ? 0 : 1;
}
