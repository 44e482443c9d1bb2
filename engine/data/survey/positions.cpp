#include "data/survey/positions.h"

#include <array>
#include <cmath>

#include "core/error.h"
#include "core/text.h"
#include "io/table_file.h"

namespace galatea::survey {

namespace {

template <size_t N>
const Column* named(const Table& table, const std::array<const char*, N>& names) {
    for (const char* name : names)
        for (const Column& column : table.columns())
            if (lowerCase(column.name) == name && !column.isText())
                return &column;
    return nullptr;
}

const Column* withUcd(const Table& table, const std::string& word) {
    const Column* first = nullptr;
    for (const Column& column : table.columns()) {
        const std::string ucd = lowerCase(column.ucd);
        if (!ucd.starts_with(word) || column.isText() || ucd.find("stat.") != std::string::npos)
            continue;
        if (ucd.find("meta.main") != std::string::npos)
            return &column;
        if (first == nullptr)
            first = &column;
    }
    return first;
}

} // namespace

PositionList::PositionList(const std::string& path) : path_(path) {
    table_ = readTableFile(path, notes_);
    findColumns();
    const bool sky = ra_ != nullptr && dec_ != nullptr, pixels = x_ != nullptr && y_ != nullptr;
    if (!sky && !pixels)
        throw InputError(path, "it has no columns of positions",
                         "name two columns of numbers ra and dec (degrees) or x and y (pixels from 0)");
    if (pixels && firstPixel_ == 1)
        notes_.push_back("'" + escaped(x_->name) + "' counts pixels from 1, as Source Extractor does");
}

void PositionList::findColumns() {
    ra_ = withUcd(table_, "pos.eq.ra");
    dec_ = withUcd(table_, "pos.eq.dec");
    if (ra_ == nullptr || dec_ == nullptr) {
        ra_ = named(table_, std::array{"ra", "raj2000", "ra_j2000", "_raj2000", "alpha_j2000", "ra_icrs",
                                       "ra_deg", "alpha", "right_ascension"});
        dec_ = named(table_, std::array{"dec", "dej2000", "decj2000", "dec_j2000", "_dej2000", "delta_j2000",
                                        "de_icrs", "dec_icrs", "dec_deg", "delta", "declination"});
    }
    x_ = named(table_, std::array{"x", "xcentroid", "x_pixel", "xpix", "x_rframe"});
    y_ = named(table_, std::array{"y", "ycentroid", "y_pixel", "ypix", "y_rframe"});
    if (x_ == nullptr || y_ == nullptr) {
        x_ = named(table_, std::array{"x_image", "xwin_image"});
        y_ = named(table_, std::array{"y_image", "ywin_image"});
        firstPixel_ = x_ != nullptr && y_ != nullptr ? 1 : 0;
    }
    field_ = table_.find("field");
}

std::vector<PositionList::Place> PositionList::on(const Field& field, const Frame& reference) const {
    const bool sky = ra_ != nullptr && dec_ != nullptr && reference.wcs && reference.wcs->isEquatorial();
    if (!sky && (x_ == nullptr || y_ == nullptr))
        throw InputError(reference.path, "it has no sky coordinates and '" + escaped(path_) + "' no pixels",
                         "add columns x and y to the catalogue");
    std::vector<PixelPosition> pixels(static_cast<size_t>(table_.rowCount()));
    if (sky) {
        std::vector<SkyPosition> positions(pixels.size());
        for (size_t i = 0; i < pixels.size(); ++i)
            positions[i] = {ra_->number(static_cast<int64_t>(i)), dec_->number(static_cast<int64_t>(i))};
        reference.wcs->toPixel(positions, pixels);
    } else {
        for (size_t i = 0; i < pixels.size(); ++i)
            pixels[i] = {x_->number(static_cast<int64_t>(i)) - firstPixel_,
                         y_->number(static_cast<int64_t>(i)) - firstPixel_};
    }
    std::vector<Place> places;
    for (size_t i = 0; i < pixels.size(); ++i) {
        const auto row = static_cast<int64_t>(i);
        const bool elsewhere = !sky && field_ != nullptr && field_->text(row) != field.name;
        const PixelPosition& at = pixels[i];
        if (!elsewhere && at.x >= -0.5 && at.y >= -0.5 &&
            at.x <= static_cast<double>(reference.width) - 0.5 &&
            at.y <= static_cast<double>(reference.height) - 0.5)
            places.push_back({at, row});
    }
    return places;
}

} // namespace galatea::survey
