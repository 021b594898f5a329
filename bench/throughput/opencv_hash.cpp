// SPDX-License-Identifier: Apache-2.0
// The only C++ here: OpenCV has no other interface. One thread, since processor time of one is measured.
#include "opencv_hash.h"

#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/img_hash.hpp>
#include <opencv2/imgcodecs.hpp>

static cv::Mat picture;

const char *opencv_hash_name(void)
{
    cv::setNumThreads(1);
    return "OpenCV " CV_VERSION;
}

bool opencv_decode(const uint8_t *bytes, size_t size)
{
    const cv::Mat file(1, static_cast<int>(size), CV_8U, const_cast<uint8_t *>(bytes));

    picture = cv::imdecode(file, cv::IMREAD_COLOR);
    return !picture.empty();
}

bool opencv_hash(void)
{
    cv::Mat hash;

    cv::img_hash::pHash(picture, hash);
    return hash.total() == 8;
}
