// A frame of sound at a time; h and c stay in the model.
#include "lstm_dynamo.hpp"
#include "lstm_torchscript.hpp"

#include "expected.hpp"

template <class Model>
bool check(const char* exporter)
{
    Model model;  // starts from zeros, as after reset()
    Expected expected{4};
    for (int frame = 0; frame < 5 && model.ready(); ++frame) {
        model.frame(expected.next());
        model.run();
        expected.check(model.mask());
    }
    return expected.report(exporter);
}

int main()
{
    const bool torchscript = check<lstm_torchscript::Model>("lstm, torchscript");
    const bool dynamo = check<lstm_dynamo::Model>("lstm, dynamo");
    return torchscript && dynamo ? 0 : 1;
}
