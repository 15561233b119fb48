# cmake -P: writes OUTPUT, C++ that holds the scripts of FOLDER as text: NAME.mjs is NAME_template of module/script.hpp.
cmake_minimum_required(VERSION 3.22)

file(GLOB scripts "${FOLDER}/*.mjs")
list(SORT scripts)
set(texts "")
foreach(script IN LISTS scripts)
    get_filename_component(name "${script}" NAME_WE)
    file(READ "${script}" text)
    string(APPEND texts "const std::string_view ${name}_template = R\"wasminfer~(${text})wasminfer~\";\n")
endforeach()
file(WRITE "${OUTPUT}" "// Written by ${CMAKE_CURRENT_LIST_FILE}.\n#include \"module/script.hpp\"\n
namespace wasminfer::gen {\n\n${texts}\n}  // namespace wasminfer::gen\n")
