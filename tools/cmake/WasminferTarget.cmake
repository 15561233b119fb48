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

# xsimd is headers alone, so no package of it is needed. Emscripten hides the system's headers, and must: /usr/include
# beside its own would break it, so it looks where it is told to (tools/setup leaves a folder of links to what is wanted).
set(hidden)
if(EMSCRIPTEN)
    set(hidden NO_CMAKE_SYSTEM_PATH NO_SYSTEM_ENVIRONMENT_PATH NO_CMAKE_INSTALL_PREFIX)
endif()
find_path(WASMINFER_XSIMD_INCLUDE xsimd/xsimd.hpp
    HINTS ${WASMINFER_XSIMD_HINTS}
    DOC "Folder that holds xsimd/xsimd.hpp, and for Emscripten nothing of the system's"
    NO_CMAKE_FIND_ROOT_PATH ${hidden})
set(wasminfer_xsimd "${WASMINFER_XSIMD_INCLUDE}")
set(wasminfer_xsimd_version 0)
if(wasminfer_xsimd)
    file(STRINGS "${wasminfer_xsimd}/xsimd/config/xsimd_config.hpp" major REGEX "define XSIMD_VERSION_MAJOR")
    string(REGEX MATCH "[0-9]+$" wasminfer_xsimd_version "${major}")
endif()
if(wasminfer_xsimd_version LESS 13)
    # None, or one from before its WebAssembly support was whole.
    include(FetchContent)
    set(dates)
    if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.24)
        set(dates DOWNLOAD_EXTRACT_TIMESTAMP ON)
    endif()
    FetchContent_Declare(xsimd
        URL https://github.com/xtensor-stack/xsimd/archive/13.2.0.tar.gz
        URL_HASH SHA256=edd8cd3d548c185adc70321c53c36df41abe64c1fe2c67bc6d93c3ecda82447a
        SOURCE_SUBDIR include  # has no CMakeLists.txt: the headers are all that is wanted
        ${dates})
    FetchContent_MakeAvailable(xsimd)
    set(wasminfer_xsimd "${xsimd_SOURCE_DIR}/include")
endif()
# Compilers search /usr/include anyway, and in the wrong order when told to.
if(NOT wasminfer_xsimd STREQUAL "/usr/include")
    target_include_directories(wasminfer SYSTEM INTERFACE "${wasminfer_xsimd}")
elseif(EMSCRIPTEN)
    message(FATAL_ERROR "WASMINFER_XSIMD_INCLUDE is /usr/include, which Emscripten must not search: name a folder with a link to xsimd alone")
endif()
