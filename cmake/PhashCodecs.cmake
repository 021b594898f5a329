# SPDX-License-Identifier: Apache-2.0
# Decoders that need a library which may be absent. Sets, for libphash-codec:
#   PHASH_CODEC_LIBRARIES    imported targets
#   PHASH_CODEC_DEFINITIONS  PHASH_WITH_<KIND>="version of the library"
#   PHASH_CODEC_MODULES      names for pkg-config
#   PHASH_CODEC_PACKAGES     code for the package configuration, which makes the targets again for static linking

set(PHASH_CODEC_LIBRARIES JPEG::JPEG PNG::PNG)
set(PHASH_CODEC_DEFINITIONS "")
set(PHASH_CODEC_MODULES "libjpeg libpng")
set(PHASH_CODEC_PACKAGES "")
find_package(PkgConfig QUIET)

# phash_optional_codec(<KIND> <pkg-config name> <oldest version>)
macro(phash_optional_codec kind module oldest)
    set(PHASH_WITH_${kind} AUTO CACHE STRING "Decode ${kind} through ${module}: AUTO (when it is there), ON or OFF")
    set_property(CACHE PHASH_WITH_${kind} PROPERTY STRINGS AUTO ON OFF)
    if(PHASH_WITH_${kind})
        if(PKG_CONFIG_FOUND)
            pkg_check_modules(PHASH_${kind} QUIET IMPORTED_TARGET "${module}>=${oldest}")
        endif()
        if(PHASH_${kind}_FOUND)
            list(APPEND PHASH_CODEC_LIBRARIES PkgConfig::PHASH_${kind})
            list(APPEND PHASH_CODEC_DEFINITIONS PHASH_WITH_${kind}="${PHASH_${kind}_VERSION}")
            string(APPEND PHASH_CODEC_MODULES " ${module}")
            string(APPEND PHASH_CODEC_PACKAGES
                "    pkg_check_modules(PHASH_${kind} REQUIRED QUIET IMPORTED_TARGET ${module})\n")
        elseif(NOT PHASH_WITH_${kind} STREQUAL "AUTO")
            message(FATAL_ERROR "PHASH_WITH_${kind} is ON, but pkg-config does not find ${module} ${oldest} or later")
        else()
            message(STATUS "${kind} will not be decoded: pkg-config does not find ${module} ${oldest} or later")
        endif()
    endif()
endmacro()

phash_optional_codec(WEBP libwebp 1.0)
phash_optional_codec(TIFF libtiff-4 4.5)
phash_optional_codec(HEIF libde265 1.0)
phash_optional_codec(AVIF libavif 0.11)
phash_optional_codec(JXL libjxl 0.7)
if(PHASH_CODEC_PACKAGES)
    string(PREPEND PHASH_CODEC_PACKAGES "    find_dependency(PkgConfig)\n")
endif()
