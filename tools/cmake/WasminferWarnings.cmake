# wasminfer_warnings(TARGET): the project's warnings, for its own targets only; errors where it is developed.
function(wasminfer_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
        # An aggregate with designated initialisers leaves out what has a good default: that is what they are for.
        -Wno-missing-field-initializers)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
        # False alarms inside std::string (GCC bug 105651); clang and the sanitizers look for the same faults.
        target_compile_options(${target} PRIVATE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow
            -Wno-stringop-overread)
    endif()
    if(WASMINFER_DEVELOPER)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
endfunction()
