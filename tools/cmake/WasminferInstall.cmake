# find_package(wasminfer): headers, generator, wasminfer_add_model().
if(NOT PROJECT_IS_TOP_LEVEL)
    return()
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/wasminfer")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
if(TARGET wasminfer_cli)
    install(TARGETS wasminfer_cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/wasminferConfig.cmake.in"
    "${PROJECT_BINARY_DIR}/wasminferConfig.cmake"
    INSTALL_DESTINATION "${package_dir}"
    PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_BINDIR)
# The headers serve every architecture alike, wasm32 among them, so the pointer's size must not be compared.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/wasminferConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
    "${PROJECT_BINARY_DIR}/wasminferConfig.cmake"
    "${PROJECT_BINARY_DIR}/wasminferConfigVersion.cmake"
    "${CMAKE_CURRENT_LIST_DIR}/WasminferModel.cmake"
    "${CMAKE_CURRENT_LIST_DIR}/WasminferTarget.cmake"
    DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
