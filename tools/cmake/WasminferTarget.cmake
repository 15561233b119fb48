# wasminfer::wasminfer, the header-only runtime with the flags that its results depend on, made alike in this source
# tree and by find_package(wasminfer). The flags are the consumer's: nothing of the build that installed it is kept.
# Expects WASMINFER_INCLUDE_DIR; WASMINFER_XSIMD_HINTS names folders where xsimd may be.
option(WASMINFER_RELAXED_SIMD "Compile for WebAssembly's relaxed SIMD: faster, for engines that have it" OFF)

add_library(wasminfer INTERFACE)
add_library(wasminfer::wasminfer ALIAS wasminfer)
target_compile_features(wasminfer INTERFACE cxx_std_20)
target_include_directories(wasminfer INTERFACE "${WASMINFER_INCLUDE_DIR}")

# A contracted a*b+c would round differently from target to target.
target_compile_options(wasminfer INTERFACE -ffp-contract=off)

if(EMSCRIPTEN)
    target_compile_options(wasminfer INTERFACE -msimd128)
    if(WASMINFER_RELAXED_SIMD)
        target_compile_options(wasminfer INTERFACE -mrelaxed-simd)
    endif()
    # The default from 4.0 on, and deprecated later; without it Emscripten 3 needs a tool that npm's Binaryen lacks.
    if(EMSCRIPTEN_VERSION VERSION_LESS 4.0)
        target_link_options(wasminfer INTERFACE -sWASM_BIGINT)
    endif()
endif()

# xsimd is headers alone, so no package of it is needed: Emscripten hides the system's headers, and a package file
# that points at /usr/include would not help it. tools/setup leaves a folder of links to what is wanted.
find_path(WASMINFER_XSIMD_INCLUDE xsimd/xsimd.hpp
    HINTS ${WASMINFER_XSIMD_HINTS}
    DOC "Folder that holds xsimd/xsimd.hpp, and for Emscripten nothing of the system's"
    NO_CMAKE_FIND_ROOT_PATH)
if(NOT WASMINFER_XSIMD_INCLUDE)
    message(FATAL_ERROR "xsimd is missing: run tools/setup, or set WASMINFER_XSIMD_INCLUDE to the folder that holds xsimd/xsimd.hpp")
endif()
# Compilers search /usr/include anyway, and in the wrong order when told to.
if(NOT WASMINFER_XSIMD_INCLUDE STREQUAL "/usr/include")
    target_include_directories(wasminfer SYSTEM INTERFACE "${WASMINFER_XSIMD_INCLUDE}")
elseif(EMSCRIPTEN)
    message(FATAL_ERROR "WASMINFER_XSIMD_INCLUDE is /usr/include, which Emscripten must not search: name a folder with a link to xsimd alone")
endif()
