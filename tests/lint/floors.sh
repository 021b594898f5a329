#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Which room may include what.
. "$(dirname "$0")/lint_common.sh"
checks "includes obey the floors; third-party headers stay in their homes; tools and bench see <phash/...> only"

floor_of() {
    case $1 in
    util) echo 0 ;;
    simd) echo 1 ;;
    image | oprf) echo 2 ;;
    hash | index | hashset) echo 3 ;;
    match) echo 4 ;;
    *) echo 99 ;;
    esac
}

tools_floor_of() {
    case $1 in
    cli) echo 0 ;;
    walk | lists | sandbox | blind | remote | keys) echo 1 ;;
    picture | merge) echo 2 ;;
    journal | dedup) echo 3 ;;
    batch) echo 4 ;;
    commands | evaluator) echo 5 ;;
    *.c) echo 6 ;; # main.c
    *) echo 99 ;;
    esac
}

standard=' assert complex ctype errno fenv float inttypes limits locale math setjmp signal stdalign stdarg stdatomic
 stdbool stddef stdint stdio stdlib stdnoreturn string strings threads time wchar
 dirent fcntl fnmatch ftw getopt glob libgen netdb poll pthread pwd sched semaphore spawn termios unistd
 arpa/inet netinet/in netinet/tcp sys/file sys/mman sys/prctl sys/random sys/resource sys/select sys/socket sys/stat
 sys/statvfs sys/time sys/types sys/uio sys/un sys/utsname sys/wait '

# $1 a file, $2 the header between < and >: is it allowed there?
system_header_ok() {
    case $standard in
    *" ${2%.h} "* | *"
 ${2%.h} "* | *" ${2%.h}
"*) return 0 ;;
    esac
    case $2 in
    phash/*.h) [ -f "libphash/include/$2" ] && return 0 ;;
    immintrin.h | emmintrin.h) case $1 in libphash/simd/x86/*) return 0 ;; esac ;;
    arm_neon.h) case $1 in libphash/simd/arm/*) return 0 ;; esac ;;
    # A bench measures decoding without libphash, to compare with.
    jpeglib.h | png.h) case $1 in libphash/image/* | bench/throughput/floor.c) return 0 ;; esac ;;
    jerror.h | zlib.h | webp/decode.h | tiffio.h | avif/avif.h | jxl/decode.h | libde265/de265.h)
        case $1 in libphash/image/*) return 0 ;; esac ;;
    openssl/evp.h) case $1 in libphash/oprf/* | tools/keys/sealed_key.c) return 0 ;; esac ;;
    openssl/*) case $1 in libphash/oprf/*) return 0 ;; esac ;;
    sys/syscall.h | linux/audit.h | linux/filter.h | linux/futex.h | linux/seccomp.h)
        case $1 in tools/sandbox/*) return 0 ;; esac ;;
    microhttpd.h | sqlite3.h) case $1 in tools/evaluator/*) return 0 ;; esac ;;
    curl/curl.h) case $1 in tools/remote/*) return 0 ;; esac ;;
    esac
    return 1
}

# $1 a file, $2 the header between quotes.
own_header_ok() {
    case $1 in
    libphash/include/*) return 1 ;; # public headers include <phash/...>
    bench/*) [ -f "$(dirname "$1")/$2" ] && return 0 || return 1 ;;
    tools/*)
        [ -f "tools/$2" ] || return 1
        from=${1#tools/}
        from=${from%/*}
        to=${2%/*}
        [ "$from" = "$to" ] || [ "$(tools_floor_of "$to")" -lt "$(tools_floor_of "$from")" ]
        return
        ;;
    esac
    [ -f "libphash/$2" ] || return 1
    case $2 in include/*) return 1 ;; esac
    from=${1#libphash/}
    from=${from%%/*}
    to=${2%%/*}
    [ "$from" = "$to" ] || [ "$(floor_of "$to")" -lt "$(floor_of "$from")" ]
}

find libphash tools bench -name '*.[ch]' 2>/dev/null | sort >"$scratch/files"
while read -r file; do
    sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*\([<"][^>"]*[>"]\).*/\1/p' "$file" >"$scratch/includes"
    while read -r header; do
        name=${header#?}
        name=${name%?}
        case $header in
        '<'*) system_header_ok "$file" "$name" ;;
        *) own_header_ok "$file" "$name" ;;
        esac || echo "$file: may not include $header" >>"$findings"
    done <"$scratch/includes"
done <"$scratch/files"
finish
