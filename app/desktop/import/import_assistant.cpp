#include "app/desktop/import/import_assistant.h"

#include <algorithm>
#include <climits>

#include <QAbstractItemView>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QSet>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QStackedWidget>
#include <QStandardItemModel>
#include <QTreeWidget>

#include "app/desktop/document.h"
#include "app/desktop/import/import_preview.h"
#include "app/desktop/theme.h"
#include "data/open_dataset.h"
#include "widgets/binding/option_form.h"

namespace galatea {

namespace {

constexpr int fileRole = Qt::UserRole, frameRole = Qt::UserRole + 1;
enum FileColumn { fileColumn, bandColumn, formatColumn };

QString shownPath(const std::string& path) {
    return shown(QFileInfo(QString::fromStdString(path)).fileName().toStdString());
}

QStringList problemLines(const std::vector<survey::FileProblem>& problems) {
    QStringList lines;
    for (const survey::FileProblem& problem : problems)
        lines << shownPath(problem.path) + ": " + shown(problem.problem);
    return lines;
}

QStringList lines(const std::vector<std::string>& texts) {
    QStringList list;
    for (const std::string& text : texts)
        list << shown(text);
    return list;
}

/// An array inside a file: its name where it is chosen, with shape and type where it is listed.
class ArrayItem : public QStandardItem {
  public:
    explicit ArrayItem(const ImageArray& array) : QStandardItem(QString::fromStdString(array.name)) {
        QStringList axes;
        for (const int64_t axis : array.shape)
            axes << QString::number(axis);
        listed_ = QString::fromUtf8("%1   %2, %3")
                      .arg(shown(array.name), axes.join(QString::fromUtf8(" × ")), shown(array.type));
    }
    QVariant data(int role) const override {
        return role == Qt::DisplayRole ? QVariant(listed_) : QStandardItem::data(role);
    }

  private:
    QString listed_;
};

/// Beside the source where one may write, else at home; never the name of what is there.
QString suggestedOutput(const std::string& source) {
    const QFileInfo info(QString::fromStdString(source));
    const QDir folder(QFileInfo(info.path()).isWritable() ? info.path() : QDir::homePath());
    const QString stem = info.fileName().section('.', 0, 0);
    QString path = folder.filePath(stem + ".h5");
    for (int number = 2; QFileInfo::exists(path); ++number)
        path = folder.filePath(QString("%1-%2.h5").arg(stem).arg(number));
    return path;
}

} // namespace

ImportAssistant::~ImportAssistant() = default;

void ImportAssistant::addSources(const QStringList& paths) {
    std::vector<std::string> names;
    for (const QString& path : paths)
        if (!path.isEmpty())
            names.push_back(QFileInfo(path).absoluteFilePath().toStdString());
    if (names.empty())
        return;
    if (output_.isEmpty())
        setOutput(suggestedOutput(names.front()));
    ++looking_;
    updateState();
    workspace_.jobs.start<ImportSources>(
        "Looking at files", this,
        [names](const StopToken& stop, ProgressSink& progress) {
            return examineSources(names, stop, progress);
        },
        [this](const ImportSources& found) {
            --looking_;
            adopt(found);
        },
        [this](const JobError& error) {
            --looking_;
            if (!error.cancelled)
                status_->setText(error.text());
            updateState();
        });
}

void ImportAssistant::adopt(const ImportSources& found) {
    const bool first = found_.sources.empty();
    const auto offset = static_cast<int>(found_.frames.size());
    for (ImportSource source : found.sources) {
        const bool known =
            std::any_of(found_.sources.begin(), found_.sources.end(), [&](const ImportSource& other) {
                return other.path == source.path &&
                       (other.frame < 0 || source.frame < 0 ||
                        (found_.frames[static_cast<size_t>(other.frame)].hdu ==
                             found.frames[static_cast<size_t>(source.frame)].hdu &&
                         found_.frames[static_cast<size_t>(other.frame)].plane ==
                             found.frames[static_cast<size_t>(source.frame)].plane));
            });
        if (known)
            continue;
        if (source.frame >= 0)
            source.frame += offset;
        found_.sources.push_back(std::move(source));
    }
    found_.frames.insert(found_.frames.end(), found.frames.begin(), found.frames.end());
    if (first)
        setKind(found.kind);
    listSources();
}

void ImportAssistant::listSources() {
    files_->clear();
    listImageArrays();
    for (const ImportSource& source : found_.sources) {
        auto* item = new QTreeWidgetItem(files_);
        item->setText(fileColumn, shownPath(source.path));
        item->setToolTip(fileColumn, plainToolTip(shown(source.path)));
        item->setData(fileColumn, fileRole, QString::fromStdString(source.path));
        item->setData(fileColumn, frameRole, source.frame);
        item->setText(formatColumn, source.problem.empty() ? shown(source.format) : shown(source.problem));
        item->setToolTip(formatColumn, plainToolTip(item->text(formatColumn)));
        if (!source.problem.empty())
            item->setForeground(formatColumn, themeColours(isDarkTheme()).error);
        if (source.frame < 0)
            continue;
        const survey::Frame& frame = found_.frames[static_cast<size_t>(source.frame)];
        const auto said = bandOf_.find(source.path);
        item->setText(bandColumn, shown(said != bandOf_.end() ? said->second : frame.band));
        item->setFlags(item->flags() | Qt::ItemIsEditable);
    }
    for (int column = 0; column < 2; ++column)
        files_->resizeColumnToContents(column);
    if (files_->topLevelItemCount() > 0) {
        // The band that sources are looked for in is the one to see first.
        QTreeWidgetItem* best = files_->topLevelItem(0);
        for (int i = 0; i < files_->topLevelItemCount(); ++i)
            if (files_->topLevelItem(i)->text(bandColumn).toStdString() == survey_.reference) {
                best = files_->topLevelItem(i);
                break;
            }
        files_->setCurrentItem(best);
    } else {
        preview_->clear("Add files, or drop them here.");
    }
    updateState();
}

/// What the files offer as their images; what was chosen or typed stays.
void ImportAssistant::listImageArrays() {
    const QString chosen = imagesName_->currentText();
    const QSignalBlocker silent(imagesName_);
    auto* list = new QStandardItemModel(imagesName_);
    QSet<QString> names;
    for (const ImportSource& source : found_.sources)
        for (const ImageArray& array : source.arrays)
            if (const QString name = QString::fromStdString(array.name);
                !name.isEmpty() && !names.contains(name)) {
                names.insert(name);
                list->appendRow(new ArrayItem(array));
            }
    imagesName_->setModel(list); // deletes the one before
    imagesName_->view()->setMinimumWidth(imagesName_->view()->sizeHintForColumn(0) + 24);
    imagesName_->setCurrentIndex(-1);
    imagesName_->setEditText(chosen);
}

void ImportAssistant::removeChosen() {
    QSet<QString> gone;
    for (const QTreeWidgetItem* item : files_->selectedItems())
        gone.insert(item->data(fileColumn, fileRole).toString());
    std::erase_if(found_.sources, [&](const ImportSource& source) {
        return gone.contains(QString::fromStdString(source.path));
    });
    listSources();
}

void ImportAssistant::setKind(ImportKind kind) {
    found_.kind = kind;
    kind_->setCurrentIndex(static_cast<int>(kind));
    pages_->setCurrentIndex(static_cast<int>(kind));
    files_->setColumnHidden(bandColumn, kind == ImportKind::Images);
    showChosen();
    updateState();
}

void ImportAssistant::showChosen() {
    const QTreeWidgetItem* item = files_->currentItem();
    if (!item)
        return preview_->clear("Add files, or drop them here.");
    const int frame = item->data(fileColumn, frameRole).toInt();
    if (found_.kind == ImportKind::Frames) {
        if (frame < 0)
            return preview_->clear("This is no frame: " + item->text(formatColumn));
        preview_->setDetection(survey_.detection, survey_.background);
        return preview_->showFrame(found_.frames[static_cast<size_t>(frame)]);
    }
    const QString path = item->data(fileColumn, fileRole).toString();
    if (imagesName_->currentText().trimmed().isEmpty())
        for (const ImportSource& source : found_.sources)
            if (source.mustChoose && QString::fromStdString(source.path) == path)
                return preview_->clear("Choose which of the data sets inside it holds the images.");
    openImages(path);
}

void ImportAssistant::openImages(const QString& path) {
    preview_->clear("Reading …");
    images_.reset();
    OpenOptions options = imageOptions().open;
    workspace_.jobs.start<DatasetPtr>(
        "Looking at " + shownPath(path.toStdString()), this,
        [file = path.toStdString(), options](const StopToken&, ProgressSink&) {
            return openDataset(file, options);
        },
        [this, path](const DatasetPtr& images) {
            const QTreeWidgetItem* item = files_->currentItem();
            if (!item || item->data(fileColumn, fileRole).toString() != path ||
                found_.kind != ImportKind::Images)
                return;
            images_ = images;
            index_->setMaximum(
                static_cast<int>(std::min<int64_t>(std::max<int64_t>(images->size(), 1), INT_MAX)));
            transformChanged();
        },
        [this](const JobError& error) {
            if (!error.cancelled)
                preview_->clear(error.text());
        });
}

void ImportAssistant::detectionChanged() {
    survey_.detection.sigma = sigmaBox_->value();
    preview_->setDetection(survey_.detection, survey_.background);
    updateState();
}

void ImportAssistant::transformChanged() {
    transform_.crop = crop_->value();
    transform_.size = resize_->value();
    transform_.gray = gray_->isChecked();
    transform_.rescale = rescale_->isChecked();
    if (images_ && images_->size() > 0)
        preview_->showImages(images_, transform_, index_->value() - 1);
    updateState();
}

QStringList ImportAssistant::usedPaths() const {
    QStringList paths;
    for (const ImportSource& source : found_.sources) {
        const bool usable =
            source.problem.empty() && (found_.kind == ImportKind::Images || source.frame >= 0);
        if (const QString path = QString::fromStdString(source.path); usable && !paths.contains(path))
            paths << path;
    }
    return paths;
}

survey::SurveyOptions ImportAssistant::surveyOptions() const {
    survey::SurveyOptions options = survey_;
    options.positions = positions_->text().trimmed().toStdString();
    options.join = joinRequest();
    options.bandOf = bandOf_;
    return options;
}

ImportOptions ImportAssistant::imageOptions() const {
    ImportOptions options;
    options.transform = transform_;
    options.open.images = imagesName_->currentText().trimmed().toStdString();
    for (const QString& band : bandNames_->text().split(',', Qt::SkipEmptyParts))
        options.open.bands.push_back(band.trimmed().toStdString());
    options.join = joinRequest();
    return options;
}

JoinRequest ImportAssistant::joinRequest() const {
    JoinRequest request;
    request.path = join_->text().trimmed().toStdString();
    request.options.by = joinOn_->currentIndex() == 0 ? JoinBy::Id : JoinBy::Sky;
    request.options.radius = radius_->value();
    return request;
}

QString ImportAssistant::whatIsMissing() const {
    if (looking_ > 0)
        return "Looking at the files …";
    if (found_.sources.empty())
        return "Add the files or folders to import.";
    if (usedPaths().isEmpty())
        return found_.kind == ImportKind::Frames ? "None of these files is a survey frame."
                                                 : "None of these files can be read.";
    if (found_.kind == ImportKind::Images && imagesName_->currentText().trimmed().isEmpty())
        for (const ImportSource& source : found_.sources)
            if (source.mustChoose)
                return "Choose the images inside " + shownPath(source.path) + ".";
    if (found_.kind == ImportKind::Frames && !more_->valid())
        return "An option below is not right yet.";
    if (outputLine_->text().trimmed().isEmpty())
        return "Say where the data set is to be written.";
    return {};
}

void ImportAssistant::updateState() {
    const QString missing = whatIsMissing();
    start_->setEnabled(missing.isEmpty() && !importing());
    cancel_->setText(importing() ? "Cancel" : "Close");
    progress_->setVisible(importing());
    for (QWidget* part : {static_cast<QWidget*>(files_), static_cast<QWidget*>(kind_),
                          static_cast<QWidget*>(pages_), static_cast<QWidget*>(outputLine_)})
        part->setEnabled(!importing());
    radius_->setEnabled(joinOn_->currentIndex() == 1);
    if (!importing() && !missing.isEmpty())
        status_->setText(missing);
    else if (!importing() && problems_->text().isEmpty())
        status_->setText(QString("%1 %2 ready.")
                             .arg(usedPaths().size())
                             .arg(usedPaths().size() == 1 ? "file is" : "files are"));
}

void ImportAssistant::start() {
    if (!whatIsMissing().isEmpty() || importing())
        return;
    std::vector<std::string> sources;
    for (const QString& path : usedPaths())
        sources.push_back(path.toStdString());
    const std::string output = outputLine_->text().trimmed().toStdString();
    output_ = QString::fromStdString(output);
    tellProblems({});
    const auto done = [this](const Outcome& outcome) { finished(outcome); };
    const auto failed = [this](const JobError& error) { this->failed(error); };
    const QString title = "Importing " + shownPath(output);
    if (found_.kind == ImportKind::Frames)
        job_ = workspace_.jobs.start<Outcome>(
            title, this,
            [sources, output, options = surveyOptions()](const StopToken& stop, ProgressSink& progress) {
                const survey::SurveyReport report = importFrames(sources, output, options, stop, progress);
                Outcome outcome{report.images, {}, problemLines(report.problems) + lines(report.warnings)};
                outcome.summary = QString("%L1 cut-outs of %2 %3")
                                      .arg(report.images)
                                      .arg(report.fields.size())
                                      .arg(report.fields.size() == 1 ? "field" : "fields");
                if (report.join)
                    outcome.problems << shown(report.join->sentence());
                return outcome;
            },
            done, failed);
    else
        job_ = workspace_.jobs.start<Outcome>(
            title, this,
            [sources, output, options = imageOptions()](const StopToken& stop, ProgressSink& progress) {
                const ImportReport report = importDataset(sources, output, options, stop, progress);
                Outcome outcome{report.images, {}, lines(report.warnings)};
                outcome.summary = QString("%L1 images").arg(report.images);
                if (report.skipped > 0)
                    outcome.summary += QString(", %L1 left out").arg(report.skipped);
                if (report.join)
                    outcome.problems << shown(report.join->sentence());
                return outcome;
            },
            done, failed);
    status_->setText("Importing …");
    updateState();
}

void ImportAssistant::showProgress() {
    for (const JobInfo& job : workspace_.jobs.jobs()) {
        if (job.id != job_)
            continue;
        progress_->setRange(0, job.total > 0 ? 1000 : 0);
        if (job.total > 0)
            progress_->setValue(static_cast<int>(1000 * job.done / job.total));
        QString text = job.stopping ? "stopping" : job.stage;
        if (job.total > 0)
            text += QString(", %L1 of %L2 %3").arg(job.done).arg(job.total).arg(job.unit);
        if (!text.isEmpty())
            status_->setText(text.left(1).toUpper() + text.mid(1));
    }
}

void ImportAssistant::finished(const Outcome& outcome) {
    job_ = 0;
    status_->setText("Wrote " + outcome.summary + " to " + shownPath(output_.toStdString()) + ".");
    workspace_.log.info(status_->text());
    for (const QString& problem : outcome.problems)
        workspace_.log.warning(problem);
    tellProblems(outcome.problems);
    updateState();
    Q_EMIT imported(output_);
    if (outcome.problems.isEmpty())
        accept();
}

void ImportAssistant::tellProblems(const QStringList& problems) {
    constexpr qsizetype most = 200;
    QStringList told = problems.mid(0, most);
    if (problems.size() > most)
        told << QString("… and %L1 more").arg(problems.size() - most);
    problems_->setText(told.join("\n"));
    problemArea_->setVisible(!problems.isEmpty());
}

void ImportAssistant::failed(const JobError& error) {
    job_ = 0;
    if (!error.cancelled)
        workspace_.log.error(error.text());
    updateState();
    status_->setText(error.cancelled ? "Cancelled; nothing was written." : error.text());
}

void ImportAssistant::reject() {
    if (importing())
        return workspace_.jobs.cancel(job_);
    QDialog::reject();
}

bool ImportAssistant::settled() const {
    return looking_ == 0 && !importing() && !preview_->busy() && workspace_.jobs.idle();
}

void ImportAssistant::setOutput(const QString& path) {
    output_ = path;
    outputLine_->setText(path);
    updateState();
}

void ImportAssistant::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void ImportAssistant::dropEvent(QDropEvent* event) {
    QStringList files;
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile())
            files << url.toLocalFile();
    addSources(files);
}

} // namespace galatea
