# What an installation holds besides the program: its man page, completions and license; and the
# Debian package made of it (cpack -G DEB in the build folder).

include(GNUInstallDirs)
find_program(NMGR_GZIP gzip REQUIRED)

# The program prints its own pages.
set(nmgr_pages "${PROJECT_BINARY_DIR}/pages")
function(nmgr_page file)
  add_custom_command(OUTPUT "${nmgr_pages}/${file}"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${nmgr_pages}"
    COMMAND "$<TARGET_FILE:nmgr>" ${ARGN} > "${nmgr_pages}/${file}"
    DEPENDS nmgr VERBATIM)
endfunction()
nmgr_page(nmgr.1 __man)
foreach(shell IN ITEMS bash zsh fish)
  nmgr_page(nmgr.${shell} completion ${shell})
endforeach()
add_custom_command(OUTPUT "${nmgr_pages}/nmgr.1.gz"
  COMMAND "${NMGR_GZIP}" -9nkf "${nmgr_pages}/nmgr.1" DEPENDS "${nmgr_pages}/nmgr.1" VERBATIM)
add_custom_target(nmgr_pages ALL DEPENDS
  "${nmgr_pages}/nmgr.1.gz" "${nmgr_pages}/nmgr.bash" "${nmgr_pages}/nmgr.zsh" "${nmgr_pages}/nmgr.fish")

install(TARGETS nmgr RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES "${nmgr_pages}/nmgr.1.gz" DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES "${nmgr_pages}/nmgr.bash" RENAME nmgr
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES "${nmgr_pages}/nmgr.fish" DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
# Debian's zsh looks into the first below /usr and into the second below /usr/local.
foreach(folder IN ITEMS vendor-completions site-functions)
  install(FILES "${nmgr_pages}/nmgr.zsh" RENAME _nmgr DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${folder})
endforeach()
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" RENAME copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/nmgr)
install(FILES "${PROJECT_SOURCE_DIR}/README.md" DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/nmgr)
# The daemon's unit, for the user whom the package makes; what it is configured by, and what watches it.
install(FILES "${PROJECT_SOURCE_DIR}/docs/serve/nmgr.service" DESTINATION lib/systemd/system)
install(FILES "${PROJECT_SOURCE_DIR}/docs/serve/nmgr.sysusers" RENAME nmgr.conf DESTINATION lib/sysusers.d)
install(FILES
  "${PROJECT_SOURCE_DIR}/docs/serve.md" "${PROJECT_SOURCE_DIR}/docs/http.md" "${PROJECT_SOURCE_DIR}/docs/reference.md"
  "${PROJECT_SOURCE_DIR}/docs/openapi.json" "${PROJECT_SOURCE_DIR}/docs/prometheus-alerts.yml"
  "${PROJECT_SOURCE_DIR}/docs/grafana-dashboard.json" DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/nmgr)
install(FILES
  "${PROJECT_SOURCE_DIR}/docs/serve/homelab.toml" "${PROJECT_SOURCE_DIR}/docs/serve/company.toml"
  "${PROJECT_SOURCE_DIR}/docs/serve/nmgr.nomad.hcl" "${PROJECT_SOURCE_DIR}/docs/serve/policy.hcl"
  "${PROJECT_SOURCE_DIR}/docs/serve/restart-policy.hcl"
  "${PROJECT_SOURCE_DIR}/docs/serve/operator-policy.hcl" DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/nmgr/serve)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME nmgr)
set(CPACK_PACKAGE_CONTACT "nmgr maintainers <maintainers@nmgr.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "manages the Nomad jobs that one folder holds as HCL specs")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# libcurl is loaded at run time (include/nmgr/net/curl_library.h), so dpkg-shlibdeps does not see it.
# `serve` fetches with git, over ssh.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libcurl4 (>= 7.80), ca-certificates, git, openssh-client")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gnupg")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${PROJECT_SOURCE_DIR}/src/cmake/postinst")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
