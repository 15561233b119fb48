#include "module/script.hpp"

#include "emit/identifiers.hpp"
#include "support/json.hpp"

namespace wasminfer::gen {

namespace {

std::string extents_text(const Shape& shape)
{
    std::string text;
    for (const Dim& dim : shape) {
        text += (text.empty() ? "" : ", ") + (dim.is_constant()
                                                  ? std::to_string(dim.constant())
                                                  : json_string(dim.as_symbol() ? *dim.as_symbol() : dim.str()));
    }
    return "[" + text + "]";
}

std::string tensors(const char* variable, const std::vector<ModuleTensor>& list)
{
    std::string text = std::string{"const "} + variable + " = [\n";
    for (const ModuleTensor& tensor : list) {
        text += "    { name: " + json_string(tensor.name) + ", type: " + std::string{script_array(tensor.dtype)} +
                ", dims: " + extents_text(tensor.shape) + (tensor.state ? ", state: true" : "") + " },\n";
    }
    return text + "];\n";
}

std::string place(const std::string& file)
{
    return "new URL('./" + file + "', import.meta.url)";
}

std::string first_line(const ScriptFacts& facts)
{
    return "// Made by wasminfer " + std::string{generator_version} + " " + facts.origin +
           "; the types' file says how to use it.\n";
}

std::set<std::string> words_of(const ScriptFacts& facts)
{
    std::set<std::string> words;
    const auto add = [&](bool wanted, const char* word) {
        if (wanted) {
            words.insert(word);
        }
    };
    const Platform platform = facts.options.platform;
    add(true, "compiles");
    add(true, "opens");
    add(platform == Platform::any || platform == Platform::node, "node");
    add(platform == Platform::any || platform == Platform::web, "web");
    add(facts.options.simd == ModuleSimd::auto_ && platform != Platform::workers, "relaxed");
    add(!facts.weights_file.empty(), "weights");
    add(facts.bundled, "bundled");
    add(facts.options.half_weights && !facts.weights_file.empty(), "half");
    add(!facts.face.sizes.empty(), "free");
    add(facts.face.state_bytes > 0, "state");
    add(facts.face.has_cache(), "cache");
    add(facts.options.profile, "profile");
    return words;
}

/// An object's key in TypeScript, any name at all.
std::string key(const std::string& name)
{
    return identifier(name) == name ? name : json_string(name);
}

/// "f32[1,seq]" in a comment that nothing in it ends.
std::string type_text(const ModuleTensor& tensor)
{
    std::string text = comment_text(std::string{name(tensor.dtype)} + to_string(tensor.shape));
    for (auto at = text.find("*/"); at != std::string::npos; at = text.find("*/")) {
        text.replace(at, 2, "* /");
    }
    return text;
}

std::string members(const std::vector<ModuleTensor>& list, const char* before, bool optional_states)
{
    std::string text;
    for (const ModuleTensor& tensor : list) {
        text += "    /** " + type_text(tensor) + (tensor.state ? ", kept from run to run" : "") + " */\n    " + before +
                key(tensor.name) + (optional_states && tensor.state ? "?" : "") + ": " +
                std::string{script_array(tensor.dtype)} + ";\n";
    }
    return text;
}

std::string names(const std::vector<ModuleTensor>& inputs, const std::vector<ModuleTensor>& outputs)
{
    std::string text;
    for (const auto* list : {&inputs, &outputs}) {
        for (const ModuleTensor& tensor : *list) {
            text += (text.empty() ? "" : " | ") + json_string(tensor.name);
        }
    }
    return text.empty() ? "never" : text;
}

/// All that a script knows of its model; `program` is the compiled one, or where it is.
std::string model_facts(const ScriptFacts& facts, const std::string& program)
{
    std::string text = "const prefix = " + json_string(facts.options.name + ": ") + ";\n" +
                       tensors("inputs", facts.face.inputs) + tensors("outputs", facts.face.outputs);
    if (!facts.face.sizes.empty()) {
        text += "const free = [\n";
        for (const ModuleSize& size : facts.face.sizes) {
            text += "    { name: " + json_string(size.name) + ", lo: " + std::to_string(size.lo) +
                    ", hi: " + std::to_string(size.hi) + ", multiple: " + std::to_string(size.multiple) +
                    (size.counter.empty() ? "" : ", cached: true") + " },\n";
        }
        text += "];\n";
    }
    if (facts.face.state_bytes > 0) {
        text += "const stateBytes = " + std::to_string(facts.face.state_bytes) + ";\n";
    }
    text += "const program = () => " + program + ";\n";
    if (!facts.weights_file.empty()) {
        text += "const weights = { file: '" + facts.weights_file + "', bytes: " + std::to_string(facts.weights_bytes) +
                ", url: () => " + place(facts.weights_file) + " };\n";
    }
    if (facts.options.profile) {
        text += "const steps = [\n";
        for (const ModuleStep& step : facts.steps) {
            text += "    { kernel: " + json_string(step.function) + ", node: " + json_string(step.label) + " },\n";
        }
        text += "];\nconst imports = { env: { now: () => performance.now() } };\n";
    } else {
        text += "const imports = {};\n";
    }
    return text;
}

}  // namespace

std::string module_script(const ScriptFacts& facts)
{
    const std::string& name = facts.options.name;
    const auto words = words_of(facts);
    const std::string program = words.contains("relaxed") ? "(relaxed() ? " + place(name + ".relaxed.wasm") + " : " +
                                                                place(name + ".wasm") + ")"
                                                          : place(name + ".wasm");
    return fill_template(module_template, words, first_line(facts) + model_facts(facts, program));
}

std::string edge_script(const ScriptFacts& facts)
{
    auto words = words_of(facts);
    for (const char* word : {"compiles", "node", "web", "relaxed"}) {
        words.erase(word);
    }
    if (facts.weights_file.empty()) {
        words.erase("opens");
    }
    return fill_template(module_template, words,
                         first_line(facts) + "import compiled from './" + facts.options.name + ".wasm?module';\n" +
                             model_facts(facts, "compiled"));
}

std::string workers_script(const ScriptFacts& facts)
{
    const std::string& name = facts.options.name;
    std::string text =
        first_line(facts) + "import module from './" + name +
        (facts.options.simd == ModuleSimd::auto_ && facts.options.platform != Platform::workers ? ".relaxed.wasm"
                                                                                                : ".wasm") +
        "';\n";
    if (facts.bundled) {
        text += "import bytes from './" + facts.weights_file + "';\n";
    }
    text += "import { load as start } from './" + name + ".mjs';\n";
    if (!facts.bundled && !facts.weights_file.empty()) {
        text += "\nconst name = " + json_string(name) + ";\nconst file = '" + facts.weights_file + "';\n";
    }
    return fill_template(workers_template, words_of(facts), text);
}

std::string module_types(const ScriptFacts& facts)
{
    const ModuleFace& face = facts.face;
    std::string text = first_line(facts);
    text += "\n/** Views of linear memory, valid as long as the model: fill them before each run(), which overwrites "
            "them. */\nexport interface Inputs {\n" +
            members(face.inputs, "readonly ", false) + "}\n";
    text += "\n/** Views of linear memory; run() writes them. */\nexport interface Outputs {\n" +
            members(face.outputs, "readonly ", false) + "}\n";
    text += "\n/** What run() copies in. */\nexport interface Values {\n" + members(face.inputs, "", true) + "}\n";
    if (!face.sizes.empty()) {
        text += "\n/** The free dimensions. */\nexport interface Sizes {\n";
        for (const ModuleSize& size : face.sizes) {
            text += "    /** " + std::to_string(size.lo) + " to " + std::to_string(size.hi) +
                    (size.multiple > 1 ? ", a multiple of " + std::to_string(size.multiple) : "") +
                    (size.counter.empty()
                         ? ""
                         : ": rows in the cache, which run() counts on, up to " + std::to_string(size.capacity)) +
                    " */\n    " + key(size.name) + ": number;\n";
        }
        text += "}\n";
    }
    text +=
        "\nexport interface Model {\n"
        "    /** What was compiled: other instances, in other threads too, take it as their source. */\n"
        "    readonly module: WebAssembly.Module;\n"
        "    readonly inputs: Inputs;\n    readonly outputs: Outputs;\n"
        "    /** Runs on what the inputs' views hold; allocates nothing." +
        std::string{face.has_cache()
                        ? " Throws RangeError, and does nothing, where the cache has no room for more rows."
                        : ""} +
        " */\n    run(): void;\n"
        "    /** Copies the inputs in, runs, and returns copies. Throws TypeError for a wrong name, type or length. "
        "*/\n    run(values: Values): Outputs;\n"
        "    /** The extents that a tensor has now. */\n    shape(name: " +
        names(face.inputs, face.outputs) +
        "): number[];\n"
        "    /** Another instance over the same weights, with inputs, outputs and state of its own; load() must have "
        "reserved its room. */\n    another(): Model;\n";
    if (!face.sizes.empty()) {
        text +=
            "    readonly sizes: Sizes;\n"
            "    /** Sets free dimensions for the runs to come. Throws TypeError where one is out of its bounds. */\n"
            "    resize(sizes: Partial<Sizes>): void;\n";
    }
    if (face.state_bytes > 0) {
        text += std::string{"    /** Sets the state to zeros, "} + (face.has_cache() ? "the cache to no rows, " : "") +
                "as it is in a new instance. */\n    reset(): void;\n"
                "    /** A copy of the state, for restore() of this or another instance. */\n    snapshot(): "
                "Uint8Array;\n    restore(state: Uint8Array): void;\n";
    }
    if (facts.options.profile) {
        text += "    /** Calls of each step and the time they took together, over all instances. */\n"
                "    profile(): { kernel: string; node: string; calls: number; milliseconds: number }[];\n";
    }
    text += "}\n\n/** A compiled module, its bytes or where they are. */\n"
            "export type Source = WebAssembly.Module | Response | BufferSource | URL | string;\n";
    text += "\nexport interface Options {\n";
    if (!facts.weights_file.empty()) {
        text +=
            "    /** The bytes of " + facts.weights_file +
            " or where they are; default: beside the module. Refused unless they are the right ones. */\n"
            "    weights?: WeightsSource | Promise<WeightsSource>;\n"
            "    /** Called while the weights arrive, with bytes. */\n    onProgress?(loaded: number, total: number): "
            "void;\n";
    }
    text += "    /** How many instances there will be, this and those that another() makes (default: 1). */\n"
            "    instances?: number;\n}\n";
    if (!facts.weights_file.empty()) {
        text += "\nexport type WeightsSource = Response | ReadableStream<Uint8Array> | BufferSource | URL | string;\n";
    }
    return text + "\n/** Compiles the source (default: what lies beside the module), brings the weights, and makes an "
                  "instance. "
                  "*/\nexport function load(source?: Source | Promise<Source>, options?: Options): Promise<Model>;\n";
}

}  // namespace wasminfer::gen
