# cmake -P: writes OUTPUT, C++ that holds every header of the runtime and of xsimd and both licences as text, so that one
# program is enough to set up a build anywhere: `wasminfer bundle`, and the generator can't part from its runtime.
# RUNTIME and XSIMD are the folders that hold wasminfer/ and xsimd/, LICENCE the project's, XSIMD_LICENCE the other.
cmake_minimum_required(VERSION 3.22)

set(entries "")
function(embed name file)
    file(READ "${file}" text)
    string(APPEND entries "    {\"${name}\", R\"wasminfer~(${text})wasminfer~\"},\n")
    set(entries "${entries}" PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE runtime RELATIVE "${RUNTIME}" "${RUNTIME}/wasminfer/*.hpp")
file(GLOB_RECURSE xsimd RELATIVE "${XSIMD}" "${XSIMD}/xsimd/*.hpp")
list(SORT runtime)
list(SORT xsimd)
foreach(header IN LISTS runtime)
    embed("${header}" "${RUNTIME}/${header}")
endforeach()
foreach(header IN LISTS xsimd)
    embed("${header}" "${XSIMD}/${header}")
endforeach()
embed("licences/wasminfer.txt" "${LICENCE}")
embed("licences/xsimd.txt" "${XSIMD_LICENCE}")

file(WRITE "${OUTPUT}" "// Written by ${CMAKE_CURRENT_LIST_FILE}.\n#include \"support/runtime_files.hpp\"\n
namespace wasminfer::gen {\n\nnamespace {\n\nconst RuntimeFile files[] = {\n${entries}};\n\n}  // namespace\n
std::span<const RuntimeFile> runtime_files()\n{\n    return files;\n}\n\n}  // namespace wasminfer::gen\n")
