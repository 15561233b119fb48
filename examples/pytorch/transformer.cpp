// Token by token, the likeliest each time; keys and values stay in the model.
#include "transformer_dynamo.hpp"
#include "transformer_torchscript.hpp"

#include "expected.hpp"

template <class Model>
bool check(const char* exporter)
{
    Model model;
    Expected expected{14};
    std::int64_t token = 1;
    for (int position = 0; position < 16 && model.ready(); ++position) {
        model.token()[0] = token;
        model.position()[0] = position;
        if (!model.run()) {
            return false;  // the cache is full
        }
        expected.check(model.logits());
        token = std::ranges::max_element(model.logits()) - model.logits().begin();
    }
    return expected.report(exporter);
}

int main()
{
    const bool torchscript = check<transformer_torchscript::Model>("transformer, torchscript");
    const bool dynamo = check<transformer_dynamo::Model>("transformer, dynamo");
    return torchscript && dynamo ? 0 : 1;
}
