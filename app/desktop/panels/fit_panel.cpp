#include "app/desktop/panels/fit_panel.h"

#include <algorithm>
#include <cmath>

#include <QCheckBox>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QElapsedTimer>
#include <QFileDialog>
#include <QMenu>
#include <QMimeData>
#include <QPointer>
#include <QPushButton>
#include <QSpinBox>
#include <QToolButton>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/panels/panel_parts.h"
#include "app/desktop/pictures.h"
#include "app/desktop/theme.h"
#include "widgets/binding/option_form.h"
#include "widgets/charts/line_chart.h"
#include "widgets/gallery/gallery_model.h"
#include "widgets/image/filmstrip.h"
#include "widgets/image/mask_view.h"

namespace galatea {

namespace {
constexpr qint64 frameMilliseconds = 40; // between two looks at a fit
constexpr int64_t references = 100;      // objects that refine hidden bands
} // namespace

void FitPanel::showOptions() {
    form_->showValues();
    moreForm_->showValues();
}

QString FitPanel::hindrance() const {
    const QString misfits = misfit(document_);
    if (!misfits.isEmpty())
        return misfits;
    const ModelPtr& model = document_.model().model;
    if (!model->card().can("decode"))
        return shown(model->card().name) + " cannot draw images, so nothing can be fitted with it.";
    if (!model->differentiable())
        return shown(model->card().name) +
               " runs apart from Galatea and gives no gradients: best fits need a model in Galatea's own "
               "format (.safetensors).";
    return {};
}

void FitPanel::updateState() {
    const bool open = document_.data().data && document_.model().model;
    empty_->setVisible(!open);
    content_->setVisible(open);
    const QString why = open ? hindrance() : QString();
    reason_->say(why);
    content_->setEnabled(why.isEmpty());
    const bool ready = open && why.isEmpty() && !image_.empty();
    showRunning(run_, cancel_, running(), ready && form_->valid() && moreForm_->valid());
    form_->setEnabled(!running());
    moreForm_->setEnabled(!running());
    refine_->setEnabled(!running() && !hiddenChannels().empty());
    clear_->setEnabled(mask_->anyMarked());
    outcome_->setVisible(result_ != nullptr);
}

void FitPanel::showObject() {
    cancel();
    drop();
    image_ = {};
    reading_.cancel();
    const int64_t row = document_.current();
    const PictureSource source(document_);
    object_->setText(row < 0 ? "No object chosen" : document_.objectName(row));
    mask_->setHint("click an object on the map or in the gallery");
    mask_->setImage({});
    updateState();
    if (row < 0 || !source.data)
        return;
    reading_.request<Array>([source, row](const StopToken&) { return source.data->readOne(row); },
                            [this](const Array& image) {
                                image_ = image;
                                showResult();
                                updateState();
                            },
                            [this](const JobError& error) { mask_->setHint(error.fault); });
}

void FitPanel::drop() {
    result_.reset();
    curves_.clear();
    chosen_ = 0;
    live_->setCaption("Best so far");
    live_->setImage({});
    status_->clear();
    showCurves();
}

std::vector<int64_t> FitPanel::hiddenChannels() const {
    std::vector<int64_t> channels;
    for (size_t c = 0; c < bands_.size(); ++c)
        if (bands_[c]->isChecked())
            channels.push_back(static_cast<int64_t>(c));
    return channels;
}

/// As the arrays lie, which is upside down for FITS.
Array FitPanel::hiddenPixels() const {
    if (!mask_->anyMarked() || image_.empty())
        return {};
    const int64_t height = image_.dim(1), width = image_.dim(2);
    const bool bottomUp = document_.data().data->info().bottomUp;
    Array hidden({height, width});
    for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width; ++x)
            hidden.at(bottomUp ? height - 1 - y : y, x) = mask_->mask()[static_cast<size_t>(y * width + x)];
    return hidden;
}

/// What was just hidden is what people want to see.
void FitPanel::bandTicked(int64_t channel, bool hidden) {
    if (hidden && shownBand_->count() > channel + 1)
        shownBand_->setCurrentIndex(static_cast<int>(channel) + 1);
    showResult();
    updateState();
}

void FitPanel::run() {
    if (!run_->isEnabled())
        return;
    FitRequest request;
    request.model = document_.model().model;
    request.data = document_.data().data;
    request.row = document_.current();
    request.object = document_.objectName(request.row);
    request.hiddenChannels = hiddenChannels();
    request.hiddenPixels = hiddenPixels();
    request.options = options_;
    request.references = refine_->isChecked() ? references : 0;
    request.refinement = refinement_;
    drop();
    curves_.resize(static_cast<size_t>(options_.starts));
    chart_->setFixedRanges(AxisRange{0, std::max(1.0, static_cast<double>(options_.steps))}, std::nullopt);
    const int64_t number = ++runs_;
    // The document outlives the jobs, this panel perhaps not: frames go through it.
    const QPointer<FitPanel> panel(this);
    const auto tell = [document = &document_, panel, number,
                       last = std::make_shared<QElapsedTimer>()](const BestFitFrame& frame) {
        if (last->isValid() && last->elapsed() < frameMilliseconds)
            return;
        last->start();
        const auto losses = frame.losses.values();
        const auto best = std::min_element(losses.begin(), losses.end()) - losses.begin();
        const BestFitFrame shownFrame{frame.firstFit, frame.step, frame.losses,
                                      frame.images.row(best).copy()};
        QMetaObject::invokeMethod(document, [panel, number, shownFrame] {
            if (panel && panel->running() && panel->runs_ == number)
                panel->showFrame(shownFrame);
        });
    };
    job_ = workspace_.jobs.start<FitResultPtr>(
        "Fitting", this,
        [request, tell](const StopToken& stop, ProgressSink& progress) {
            return fitObject(request, stop, progress, tell);
        },
        [this](const FitResultPtr& result) {
            job_ = 0;
            const bool present = document_.current() == result->request.row &&
                                 document_.data().data == result->request.data &&
                                 document_.model().model == result->request.model;
            if (present)
                adopt(result);
            updateState();
            Q_EMIT ended();
        },
        [this](const JobError& error) {
            job_ = 0;
            status_->setText(error.cancelled ? QString("Cancelled.") : error.text());
            updateState();
            Q_EMIT ended();
        });
    status_->setText(startedText(workspace_, job_, "Fitting"));
    updateState();
}

void FitPanel::cancel() {
    if (running())
        workspace_.jobs.cancel(job_);
}

/// `images` is that of the lowest loss alone here.
void FitPanel::showFrame(const BestFitFrame& frame) {
    const auto losses = frame.losses.values();
    for (size_t fit = 0; fit < losses.size(); ++fit) {
        const size_t start = static_cast<size_t>(frame.firstFit) + fit;
        if (start < curves_.size())
            curves_[start].emplace_back(static_cast<double>(frame.step), static_cast<double>(losses[fit]));
    }
    live_->setImage(draw(PictureSource(document_), frame.images));
    status_->setText(
        QString("Step %1 of %2, lowest error %3")
            .arg(frame.step)
            .arg(options_.steps)
            .arg(static_cast<double>(*std::min_element(losses.begin(), losses.end())), 0, 'g', 4));
    showCurves();
}

void FitPanel::adopt(const FitResultPtr& result) {
    result_ = result;
    if (result->refinement)
        refinement_ = result->refinement;
    chosen_ = result->refined.empty() ? result->order.front() : FitResult::refinedMean;
    const Array& curves = result->report.curves;
    for (int64_t s = 0; s < curves.dim(1); ++s) {
        auto& points = curves_[static_cast<size_t>(s)];
        points.clear();
        for (int64_t step = 0; step < curves.dim(2); ++step)
            points.emplace_back(static_cast<double>(step),
                                static_cast<double>(curves.at(int64_t{0}, s, step)));
    }
    status_->setText("Done");
    showCurves();
    showResult();
}

void FitPanel::showCurves() {
    const ThemeColours& colours = themeColours(isDarkTheme());
    std::vector<ChartSeries> series;
    size_t best = 0;
    for (size_t s = 0; s < curves_.size(); ++s)
        if (!curves_[s].empty() &&
            (curves_[best].empty() || curves_[s].back().y() < curves_[best].back().y()))
            best = s;
    if (result_)
        best = static_cast<size_t>(result_->order.front());
    bool named = false;
    for (size_t s = 0; s < curves_.size(); ++s)
        if (s != best) {
            series.push_back({named ? QString() : QString("other starts"), curves_[s], colours.muted});
            named = true;
        }
    if (!curves_.empty()) // above the others
        series.push_back({QString("best (start %1)").arg(best + 1), curves_[best], colours.accent});
    chart_->setSeries(std::move(series));
}

/// One band or the composite, always with the cuts of the observed image where it has any.
QImage FitPanel::draw(const PictureSource& source, const Array& image) const {
    const Array plain = image.contiguousCopy(), reference = image_.empty() ? plain : image_;
    const int64_t band = shownBand_->currentIndex() - 1;
    if (band < 0 || band >= plain.dim(0))
        return source.drawLike(plain, reference);
    const Array seen = reference.row(band).contiguousCopy();
    const bool any = std::any_of(seen.values().begin(), seen.values().end(),
                                 [](float value) { return std::isfinite(value); });
    Rendering rendering = source.display.rendering;
    if (rendering.cuts != Cuts::Fixed)
        rendering.fixed = findLimits((any ? seen : plain.row(band).contiguousCopy()).values(), rendering);
    rendering.cuts = Cuts::Fixed;
    return upright(renderBand(plain.row(band), rendering), source.bottomUp);
}

void FitPanel::showResult() {
    if (image_.empty())
        return;
    const PictureSource source(document_);
    mask_->setMarkColour(themeColours(isDarkTheme()).warning);
    mask_->setImage(draw(source, image_));
    const int64_t band = shownBand_->currentIndex() - 1;
    mask_->setAllMarked(band >= 0 && static_cast<size_t>(band) < bands_.size() &&
                        bands_[static_cast<size_t>(band)]->isChecked());
    if (!result_)
        return;
    const Array fit = result_->fit(chosen_);
    Array rest = difference(image_, fit), spread = result_->report.spread.row(0).contiguousCopy();
    for (float& value : rest.values())
        value = std::isfinite(value) ? value : 0;
    if (band >= 0) {
        rest = rest.slice(band, band + 1);
        spread = spread.slice(band, band + 1);
    }
    rest = meanOverBands(rest);
    spread = meanOverBands(spread);
    const double largest = largestMagnitude(rest), widest = largestMagnitude(spread);
    live_->setCaption(chosen_ == FitResult::refinedMean    ? QString("Refined fit")
                      : chosen_ == FitResult::meanOfStarts ? QString("Mean of the fits")
                                                           : QString("Fit, start %1").arg(chosen_ + 1));
    live_->setImage(draw(source, fit));
    filled_->setImage(draw(source, result_->filled(fit)));
    residual_->setCaption(QString::fromUtf8("Residual ±%1").arg(largest, 0, 'g', 2));
    residual_->setImage(source.drawDifference(rest));
    spread_->setCaption(QString("Spread 0 to %1").arg(widest, 0, 'g', 2));
    spread_->setImage(source.drawSpread(spread));
    summary_->setText(summary());
    showFills();
}

void FitPanel::showFills() {
    constexpr size_t most = 9;
    const PictureSource source(document_);
    std::vector<QImage> pictures;
    QStringList captions;
    std::vector<int64_t> fits = result_->fits();
    fits.resize(std::min(most, fits.size()));
    for (const int64_t which : fits) {
        pictures.push_back(draw(source, result_->fit(which)));
        captions << (which == FitResult::refinedMean ? QString("refined")
                     : which == FitResult::meanOfStarts
                         ? QString("mean")
                         : QString::number(result_->report.losses.at(0, which), 'g', 2));
    }
    fills_->setFrames(pictures, captions);
    fills_->setMarked(static_cast<int>(std::find(fits.begin(), fits.end(), chosen_) - fits.begin()));
}

QString FitPanel::summary() const {
    const BestFitReport& report = result_->report;
    const int64_t best = result_->order.front();
    const auto figure = [](double value) { return QString::number(value, 'g', 4); };
    QString text =
        QString("Mean squared error over the %1 pixels: %2, from %3 at the start (units of the network).")
            .arg(result_->hides ? "known" : "image's", figure(static_cast<double>(report.losses.at(0, best))),
                 figure(static_cast<double>(report.curves.at(int64_t{0}, best, int64_t{0}))));
    if (std::isfinite(result_->chiSquare))
        text += QString::fromUtf8(" χ² per pixel: %1.").arg(figure(result_->chiSquare));
    if (result_->request.options.starts > 1)
        text += QString("\n%1 of %2 starts count; their spread %3 is %4 (rms, data's units).")
                    .arg(report.counted.front())
                    .arg(result_->request.options.starts)
                    .arg(result_->hides ? "in the hidden pixels" : "over the image", figure(result_->spread));
    if (std::isfinite(result_->hiddenError))
        text += QString(" The mean fill lies %1 from what was hidden.").arg(figure(result_->hiddenError));
    if (std::isfinite(result_->refinedError))
        text += QString(" Refined by %1 other objects it lies %2 from it.")
                    .arg(result_->refinement->rows.size())
                    .arg(figure(result_->refinedError));
    return text;
}

void FitPanel::askAndExport(Format format) {
    const bool fits = format == Format::Fits;
    const QString path = QFileDialog::getSaveFileName(
        this, "Export the fit", fits ? "fit.fits" : "filled.png", fits ? "FITS (*.fits)" : "PNG (*.png)");
    if (!path.isEmpty())
        exportTo(path, format);
}

void FitPanel::exportTo(const QString& path, Format format) {
    if (!result_)
        return;
    workspace_.jobs.start<bool>(
        "Exporting the fit", this,
        [result = result_, path, format, provenance = Provenance::of(document_),
         picture = draw(PictureSource(document_), result_->filled(result_->fit(chosen_)))](const StopToken&,
                                                                                           ProgressSink&) {
            if (format == Format::Fits)
                exportFitFits(*result, provenance, path);
            else
                writePng(picture, path);
            return true;
        },
        [this, path](bool) {
            workspace_.log.info("Wrote " + shown(path.toStdString()));
            Q_EMIT exported(path);
        });
}

void FitPanel::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasFormat(rowsMimeType))
        event->acceptProposedAction();
}

void FitPanel::dropEvent(QDropEvent* event) {
    const auto rows = rowsFromMime(*event->mimeData());
    if (!rows.empty())
        document_.setCurrent(rows.front());
}

/// Curves are drawn in the theme's colours.
void FitPanel::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange) {
        showCurves();
        showResult();
    }
    QWidget::changeEvent(event);
}

} // namespace galatea
