// A picture of any size up to 64 x 64, by one header for all.
#include "cnn_dynamo.hpp"
#include "cnn_torchscript.hpp"

#include "expected.hpp"

template <class Model>
bool check(const char* exporter)
{
    Model model;
    Expected expected{0};
    constexpr typename Model::Sizes sizes[] = {{.height = 32, .width = 32}, {.height = 20, .width = 44}};
    for (const auto& size : sizes) {
        if (!model.ready() || !model.resize(size)) {
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
