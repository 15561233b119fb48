# What the tests' and examples' CMakeLists.txt are written with.

# wasminfer_add_subdirectories(FOLDER): those of its subfolders that have a CMakeLists.txt.
function(wasminfer_add_subdirectories folder)
    file(GLOB lists CONFIGURE_DEPENDS RELATIVE "${folder}" "${folder}/*/CMakeLists.txt")
    foreach(list IN LISTS lists)
        get_filename_component(name "${list}" DIRECTORY)
        file(RELATIVE_PATH place "${PROJECT_SOURCE_DIR}" "${folder}/${name}")
        add_subdirectory("${folder}/${name}" "${PROJECT_BINARY_DIR}/${place}")
    endforeach()
endfunction()

# wasminfer_find_node(VARIABLE): the Node that tools/setup chose, or the one on PATH; false where there is none.
function(wasminfer_find_node variable)
    set(node "$ENV{WASMINFER_NODE}")
    if(NOT node)
        find_program(WASMINFER_NODE_PROGRAM NAMES node)
        set(node "${WASMINFER_NODE_PROGRAM}")
    endif()
    set(${variable} "${node}" PARENT_SCOPE)
endfunction()

# wasminfer_add_test(NAME LABELS label… COMMAND …): add_test, with the build's name in front where several builds are
# tested together. COMMAND may begin with a target; one that was cross-compiled runs under Node. Label what takes more
# than a few seconds `long`: tools/test leaves it to tools/test --all.
function(wasminfer_add_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "WORKING_DIRECTORY" "LABELS;COMMAND")
    if(WASMINFER_LANE)
        string(PREPEND name "${WASMINFER_LANE}/")
    endif()
    if(NOT arg_WORKING_DIRECTORY)
        set(arg_WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
    endif()
    add_test(NAME "${name}" COMMAND ${arg_COMMAND} WORKING_DIRECTORY "${arg_WORKING_DIRECTORY}")
    set_tests_properties("${name}" PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 600)
endfunction()

# wasminfer_add_doctest(TARGET FOLDER LINK library… ONLY name…): one program out of FOLDER's .cpp files (none: nothing is
# made; ONLY: out of NAME_test.cpp alone) and one test a file, FOLDER/NAME. tests/support holds main() and what tests share;
# "support/…" includes it.
function(wasminfer_add_doctest target folder)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "LINK;ONLY")
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp")
    if(arg_ONLY)
        string(REPLACE ";" "|" only "${arg_ONLY}")
        list(FILTER sources INCLUDE REGEX "/(${only})_test.cpp$")
    endif()
    if(NOT sources)
        return()
    endif()
    add_executable(${target} ${sources})
    target_link_libraries(${target} PRIVATE wasminfer_test_support ${arg_LINK})
    wasminfer_warnings(${target})
    target_precompile_headers(${target} PRIVATE <doctest/doctest.h> <wasminfer/simd.hpp>)
    if("wasminfer_generator" IN_LIST arg_LINK)
        target_precompile_headers(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tools/wasminfer/ops/operator.hpp")
        # What is tested lies in the library; optimising the tests' own code takes longer than running it.
        target_compile_options(${target} PRIVATE -O0)
    endif()
    foreach(source IN LISTS sources)
        get_filename_component(name "${source}" NAME_WE)
        string(REGEX REPLACE "_test$" "" test "${name}")
        wasminfer_add_test("${folder}/${test}" LABELS ${folder}
            COMMAND ${target} "--source-file=*/${folder}/${name}.cpp" --no-intro)
    endforeach()
endfunction()
