#include "app/desktop/import/import_preview.h"

#include <algorithm>
#include <optional>

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "app/desktop/display_choice.h"
#include "app/desktop/panels/panel_parts.h"
#include "app/desktop/theme.h"
#include "data/dataset.h"

namespace galatea {

namespace {
/// Larger frames are previewed in their middle: what detection does there it does everywhere.
constexpr int64_t largestPreview = 3000;

Array middleOf(const Array& frame) {
    const int64_t height = std::min(frame.dim(0), largestPreview),
                  width = std::min(frame.dim(1), largestPreview);
    if (height == frame.dim(0) && width == frame.dim(1))
        return frame;
    const int64_t top = (frame.dim(0) - height) / 2, left = (frame.dim(1) - width) / 2;
    Array part({height, width});
    for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width; ++x)
            part.at(y, x) = frame.at(top + y, left + x);
    return part;
}
} // namespace

/// What is looked at. Touched only by the reader's thread once it has been asked for.
struct ImportPreview::Loaded {
    std::optional<survey::Frame> frame;
    DatasetPtr images;
    TransformOptions transform;
    int64_t index = 0;
    Array pixels; ///< [H,W] or [C,H,W], read at the first request
    bool bottomUp = false;
};

struct ImportPreview::Seen {
    QImage picture;
    std::vector<ImageMark> marks;
    int found = -1;
    double level = 0, noise = 0;
};

ImportPreview::ImportPreview(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), work_(workspace.reader, 10), view_(new MarkedImageView(this)),
      stretch_(new QComboBox(this)), found_label_(mutedLabel({}, this)) {
    setObjectName("importPreview");
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    view_->setObjectName("importPicture");
    view_->setAccessibleName("Preview");
    view_->setMinimumSize(360, 300);
    column->addWidget(view_, 1);
    auto* row = new QHBoxLayout;
    column->addLayout(row);
    found_label_->setObjectName("importFound");
    found_label_->setTextFormat(Qt::PlainText);
    row->addWidget(found_label_, 1);
    row->addWidget(new QLabel("Stretch", this));
    stretch_->setObjectName("importStretch");
    for (const Stretch stretch : {Stretch::Linear, Stretch::Log, Stretch::Sqrt, Stretch::Asinh})
        stretch_->addItem(stretchName(stretch));
    row->addWidget(stretch_);
    connect(stretch_, &QComboBox::activated, this, [this] {
        parseStretch(stretch_->currentText(), rendering_.stretch);
        request();
    });
    clear("Choose a file to see it here.");
}

void ImportPreview::clear(const QString& hint) {
    work_.cancel();
    loaded_.reset();
    found_ = -1;
    found_label_->clear();
    view_->setMarks({}, {});
    view_->setImage({});
    view_->setHint(hint);
}

void ImportPreview::showFrame(const survey::Frame& frame) {
    if (loaded_ && loaded_->frame && loaded_->frame->path == frame.path && loaded_->frame->hdu == frame.hdu &&
        loaded_->frame->plane == frame.plane)
        return;
    clear("Reading …");
    rendering_ = {};
    rendering_.stretch = Stretch::Asinh;
    stretch_->setCurrentText(stretchName(rendering_.stretch));
    loaded_ = std::make_shared<Loaded>();
    loaded_->frame = frame;
    loaded_->bottomUp = true;
    request();
}

void ImportPreview::setDetection(const survey::DetectionOptions& detection,
                                 const survey::BackgroundOptions& background) {
    detection_ = detection;
    background_ = background;
    if (loaded_ && loaded_->frame)
        request();
}

void ImportPreview::showImages(DatasetPtr images, const TransformOptions& transform, int64_t index) {
    const bool same = loaded_ && loaded_->images == images;
    if (!same)
        clear("Reading …");
    loaded_ = std::make_shared<Loaded>();
    loaded_->images = images;
    loaded_->transform = transform;
    loaded_->index = index;
    loaded_->bottomUp = images->info().bottomUp;
    if (!same)
        rendering_ = {};
    request();
}

void ImportPreview::request() {
    if (!loaded_)
        return;
    work_.request<Seen>(
        [loaded = loaded_, detection = detection_, background = background_,
         rendering = rendering_](const StopToken&) {
            Seen seen;
            if (loaded->pixels.empty()) {
                survey::FrameFiles files;
                if (loaded->frame)
                    survey::describe(*loaded->frame, files);
                loaded->pixels =
                    loaded->frame ? middleOf(survey::readPixels(*loaded->frame, files))
                                  : transformImage(loaded->images->readOne(loaded->index), loaded->transform);
            }
            const Array& pixels = loaded->pixels;
            if (loaded->frame) {
                const survey::PreviewDetection preview = survey::detectSources(pixels, detection, background);
                // The sky dark, its noise just visible, and room above for what shines.
                Rendering chosen = rendering;
                chosen.cuts = Cuts::Fixed;
                chosen.fixed = {preview.level - 2 * preview.noise, preview.level + 40 * preview.noise};
                seen.picture = renderBand(pixels, chosen);
                seen.found = static_cast<int>(preview.detection.sources.size());
                seen.level = preview.level;
                seen.noise = preview.noise;
                const auto height = static_cast<double>(pixels.dim(0));
                for (const survey::DetectedSource& source : preview.detection.sources) // row 0 is the bottom
                    seen.marks.push_back({{source.x + 0.5, height - source.y - 0.5},
                                          3 * source.a,
                                          3 * source.b,
                                          -source.theta});
            } else {
                Rendering chosen =
                    chooseRendering(pixels.reshaped({1, pixels.dim(0), pixels.dim(1), pixels.dim(2)}));
                if (rendering.stretch != Stretch::Linear)
                    chosen.stretch = rendering.stretch;
                const DatasetInfo& info = loaded->images->info();
                seen.picture = renderImage(pixels, defaultComposite(info.bands, pixels.dim(0)), chosen);
            }
            if (loaded->bottomUp)
                seen.picture = seen.picture.mirrored();
            return seen;
        },
        [this](const Seen& seen) { show(seen); },
        [this](const JobError& error) {
            clear(error.text());
            Q_EMIT previewed();
        });
}

void ImportPreview::show(const Seen& seen) {
    found_ = seen.found;
    view_->setMarks(seen.marks, themeColours(isDarkTheme()).accent);
    view_->setImage(seen.picture);
    if (seen.found >= 0)
        found_label_->setText(QString("%L1 sources found   ·   sky %2   ·   noise %3")
                                  .arg(seen.found)
                                  .arg(seen.level, 0, 'g', 4)
                                  .arg(seen.noise, 0, 'g', 3));
    else
        found_label_->setText(QString("%1 × %2 pixels").arg(seen.picture.width()).arg(seen.picture.height()));
    Q_EMIT previewed();
}

} // namespace galatea
