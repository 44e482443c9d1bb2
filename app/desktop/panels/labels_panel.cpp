#include "app/desktop/panels/labels_panel.h"

#include <algorithm>
#include <cmath>

#include <QCheckBox>
#include <QColorDialog>
#include <QComboBox>
#include <QDateTime>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QInputDialog>
#include <QItemSelectionModel>
#include <QLineEdit>
#include <QLocale>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QTableView>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/commands/label_commands.h"
#include "app/desktop/export.h"
#include "app/desktop/labels/label_files.h"
#include "app/desktop/labels/label_proposals.h"
#include "app/desktop/panels/label_class_model.h"
#include "app/desktop/panels/panel_parts.h"
#include "widgets/charts/heat_chart.h"

namespace galatea {

namespace {

QString counted(int64_t number) {
    return QLocale().toString(static_cast<qlonglong>(number));
}

QString objects(int64_t number) {
    return number == 1 ? QString("1 object") : counted(number) + " objects";
}

QString whenText(double seconds) {
    return seconds > 0 ? QLocale().toString(QDateTime::fromSecsSinceEpoch(std::llround(seconds)),
                                            QLocale::ShortFormat)
                       : QString("date unknown");
}

QString howText(const LabelMark& mark) {
    const QString sure =
        mark.confidence < 1 ? QString(", confidence %1").arg(mark.confidence, 0, 'f', 2) : QString();
    const QString origin =
        mark.origin == LabelOrigin::Person ? QString() : QString(", ") + labelOriginName(mark.origin);
    return "by " + shown(mark.who.toStdString()) + ", " + whenText(mark.when) + origin + sure;
}

} // namespace

void LabelsPanel::connectDocument() {
    connect(&document_, &Document::contentChanged, this, [this] {
        agreementStale_ = columnsStale_ = true;
        updateState();
    });
    connect(&document_, &Document::labelsReset, this, [this] {
        ++openings_;
        cancel();
    });
    agreementPause_.setSingleShot(true);
    agreementPause_.setInterval(200);
    connect(&agreementPause_, &QTimer::timeout, this, &LabelsPanel::findAgreement);
    connect(&document_, &Document::labelsChanged, this, [this] {
        agreementStale_ = true;
        updateState();
    });
    connect(&document_, &Document::selectionChanged, this, [this](const std::vector<int64_t>& rows) {
        brushed(rows);
        updateState();
    });
    connect(&document_, &Document::colouringChanged, this, &LabelsPanel::updateState);
    connect(&document_, &Document::currentChanged, this, &LabelsPanel::showObject);
    connect(&workspace_.labels, &LabelKeeper::changed, this, &LabelsPanel::showPlace);
    connect(table_->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &LabelsPanel::updateState);
    connect(model_, &QAbstractItemModel::modelReset, this, &LabelsPanel::updateState);
    connect(give_, &QPushButton::clicked, this, [this] {
        if (const auto chosen = chosenClasses(); !chosen.empty())
            commands::label(document_, document_.selection(), chosen.front());
    });
    connect(colourBy_, &QPushButton::clicked, this, [this] {
        commands::colourBy(document_, {ColourBy::Kind::Label, {}});
    });
    connect(accept_, &QPushButton::clicked, this,
            [this] { commands::acceptProposals(document_, least_->value()); });
    connect(drop_, &QPushButton::clicked, this, [this] { commands::dropProposals(document_); });
    connect(show_, &QPushButton::clicked, this, [this] {
        std::vector<int64_t> rows;
        for (const LabelProposal& one : *document_.labels().proposals())
            if (static_cast<double>(one.confidence) >= least_->value())
                rows.push_back(one.row);
        commands::select(document_, std::move(rows));
    });
    connect(theirs_, &QPushButton::clicked, &workspace_.labels, &LabelKeeper::takeTheirs);
    connect(mine_, &QPushButton::clicked, &workspace_.labels, &LabelKeeper::clearConflicts);
    connect(open_, &QPushButton::clicked, this, [this] { chooseFile(false); });
    connect(fresh_, &QPushButton::clicked, this, [this] { chooseFile(true); });
    connect(team_, &QPushButton::clicked, this, &LabelsPanel::chooseTeam);
    connect(person_, &QPushButton::clicked, this, &LabelsPanel::askName);
    const QString formats = "CSV (*.csv);;FITS table (*.fits);;VOTable (*.vot)";
    connect(import_, &QPushButton::clicked, this, [this] {
        importFrom(QFileDialog::getOpenFileName(this, "Import labels", {},
                                                "Tables (*.csv *.fits *.fit *.vot *.xml);;All files (*)"));
    });
    connect(export_, &QPushButton::clicked, this, [this, formats] {
        exportTo(QFileDialog::getSaveFileName(this, "Export labels", "labels.csv", formats));
    });
    connect(chart_, &Chart::saved, this,
            [this](const QString& path) { workspace_.log.info("Wrote " + shown(path.toStdString())); });
    connect(chart_, &Chart::saveFailed, &workspace_.log, &MessageLog::error);
}

void LabelsPanel::updateState() {
    const LabelBook& book = document_.labels();
    empty_->setVisible(book.rowCount() == 0);
    content_->setVisible(book.rowCount() > 0);
    const size_t chosen = chosenClasses().size();
    give_->setEnabled(chosen == 1 && !document_.selection().empty());
    recolour_->setEnabled(chosen == 1);
    merge_->setEnabled(chosen > 1);
    remove_->setEnabled(chosen > 0);
    brush_->setEnabled(book.hasClasses());
    colourBy_->setEnabled(book.hasClasses() && document_.colouring().kind != ColourBy::Kind::Label);
    export_->setEnabled(book.labelled() > 0);
    tally_->setText(book.hasClasses()
                        ? QString("%1 of %2 labelled. Keys 1 to 9 label the selection, 0 removes "
                                  "the label.")
                              .arg(counted(book.labelled()), objects(book.rowCount()))
                        : QString("No classes yet: add one, then select objects and press its "
                                  "key."));
    showClasses();
    showProposals();
    showPlace();
    showObject();
    showAgreement();
}

/// The keys' actions say what they do.
void LabelsPanel::showClasses() {
    const LabelBook& book = document_.labels();
    for (int digit = 0; digit <= 9; ++digit) {
        QAction* action = digits_[digit];
        const int16_t id = book.classOfDigit(digit);
        action->setVisible(digit == 0 || id != LabelValue::none);
        action->setEnabled(book.hasClasses());
        const QString name = id == LabelValue::none
                                 ? QString()
                                 : shown(book.classes()[static_cast<size_t>(id)].name.toStdString());
        action->setText(digit == 0 ? QString("Remove the label")
                                   : "Label as " + QString(name).replace("&", "&&"));
        action->setToolTip(plainToolTip(action->text() + ": the selection, or the object looked at"));
    }
}

void LabelsPanel::giveLabel(int digit) {
    if (!commands::labelByDigit(document_, digit))
        workspace_.log.info("Nothing to label: select objects on the map (lasso L) or click one");
}

std::vector<int16_t> LabelsPanel::chosenClasses() const {
    std::vector<int16_t> chosen;
    if (table_->selectionModel())
        for (const QModelIndex& index : table_->selectionModel()->selectedRows())
            chosen.push_back(model_->classAt(index.row()));
    return chosen;
}

void LabelsPanel::brushed(const std::vector<int64_t>& rows) {
    const auto chosen = chosenClasses();
    if (brush_->isChecked() && isVisible() && chosen.size() == 1 && !rows.empty())
        // After the selection's own step, so that each is taken back by itself.
        QMetaObject::invokeMethod(
            this, [this, rows, id = chosen.front()] { commands::label(document_, rows, id); },
            Qt::QueuedConnection);
}

void LabelsPanel::addClass() {
    const int16_t id = commands::addClass(document_, name_->text());
    if (id == LabelValue::none)
        return;
    name_->clear();
    for (int row = 0; row < model_->rowCount(); ++row)
        if (model_->classAt(row) == id)
            table_->selectRow(row);
}

void LabelsPanel::recolour() {
    const auto chosen = chosenClasses();
    if (chosen.empty())
        return;
    const QColor now = document_.labels().classes()[static_cast<size_t>(chosen.front())].colour;
    commands::recolourClass(document_, chosen.front(),
                            QColorDialog::getColor(now, this, "Colour of the class"));
}

void LabelsPanel::merge() {
    if (const auto chosen = chosenClasses(); chosen.size() > 1)
        commands::mergeClasses(document_, chosen, chosen.front());
}

void LabelsPanel::remove() {
    for (const int16_t id : chosenClasses())
        commands::removeClass(document_, id);
}

template <class Value>
void LabelsPanel::runJob(const QString& title, std::function<Value(const StopToken&, ProgressSink&)> work,
                         std::function<void(Value)> done) {
    job_ = workspace_.jobs.start<Value>(
        title, this, std::move(work),
        [this, done = std::move(done)](Value value) {
            job_ = 0;
            done(std::move(value));
            updateState();
            Q_EMIT ended();
        },
        [this, title](const JobError& error) {
            job_ = 0;
            if (!error.cancelled)
                workspace_.log.error(title + ": " + error.text());
            updateState();
            Q_EMIT ended();
        });
    updateState();
}

void LabelsPanel::propose() {
    const LatentsPtr latents = document_.latents().latents;
    if (!latents || running() || document_.labels().labelled() == 0)
        return;
    std::vector<int16_t> labels(static_cast<size_t>(latents->size()));
    for (size_t row = 0; row < labels.size(); ++row)
        labels[row] = document_.labels().at(static_cast<int64_t>(row)).label;
    ProposalOptions options;
    options.neighbours = neighbours_->value();
    options.leastConfidence = least_->value();
    runJob<std::vector<LabelProposal>>(
        "Proposing labels",
        [z = latents->mean, labels = std::move(labels), options](const StopToken& stop,
                                                                 ProgressSink& progress) {
            return proposeLabels(z, labels, options, stop, progress);
        },
        [this, latents](std::vector<LabelProposal> found) {
            if (document_.latents().latents != latents)
                return;
            if (found.empty())
                workspace_.log.info(
                    "No object without a label is so sure: lower the confidence or label more");
            else
                commands::propose(document_,
                                  std::make_shared<const std::vector<LabelProposal>>(std::move(found)));
        });
}

void LabelsPanel::cancel() {
    if (job_ != 0)
        workspace_.jobs.cancel(job_);
}

void LabelsPanel::showProposals() {
    const LabelBook& book = document_.labels();
    const bool can = document_.latents().latents && book.labelled() > 0 && book.labelled() < book.rowCount();
    showRunning(propose_, cancel_, running(), can);
    const LabelProposals& proposals = book.proposals();
    proposalBox_->setVisible(proposals != nullptr);
    if (!proposals) {
        counted_.reset();
        proposed_->setText(!document_.latents().latents ? "Proposals need latents: open a model that encodes."
                           : can                        ? "No proposals."
                           : book.labelled() > 0        ? "Every object has a label."
                                                        : "Label a few objects of each class first.");
        return;
    }
    if (!isVisible())
        return;
    countProposals();
    int64_t sure = 0;
    QStringList parts;
    for (const auto& [id, number] : sure_) {
        parts << shown(book.classes()[static_cast<size_t>(id)].name.toStdString()) + " " + counted(number);
        sure += number;
    }
    proposed_->setText(QString("Proposed for %1, so sure for %2%3.")
                           .arg(objects(static_cast<int64_t>(proposals->size())), counted(sure),
                                parts.isEmpty() ? QString() : ": " + parts.join(", ")));
    accept_->setEnabled(sure > 0);
    show_->setEnabled(sure > 0);
}

/// Once for each set of proposals and each confidence: there may be millions.
void LabelsPanel::countProposals() {
    const LabelProposals& proposals = document_.labels().proposals();
    if (counted_ == proposals && countedFrom_ == least_->value())
        return;
    counted_ = proposals;
    countedFrom_ = least_->value();
    sure_.clear();
    for (const LabelProposal& one : *proposals)
        if (static_cast<double>(one.confidence) >= countedFrom_)
            ++sure_[one.label];
}

void LabelsPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    updateState();
}

void LabelsPanel::fillColumns() {
    columnsStale_ = false;
    const QString before = column_->currentText();
    const QSignalBlocker block(column_);
    column_->clear();
    for (const ColourBy& colouring : document_.possibleColourings())
        if (colouring.kind == ColourBy::Kind::Component ||
            (colouring.kind == ColourBy::Kind::Column && document_.isClassLike(colouring)))
            column_->addItem(colouringName(colouring),
                             colouring.kind == ColourBy::Kind::Component ? QString() : colouring.column);
    // Classes in words are the likeliest yardstick, then other columns, then components.
    int likely = column_->count() > 1 ? 1 : 0;
    for (int i = column_->count() - 1; i >= 0; --i)
        if (const Table* table = document_.catalogue())
            if (const Column* column = table->find(column_->itemData(i).toString().toStdString());
                column && column->isText())
                likely = i;
    const int same = column_->findText(before);
    column_->setCurrentIndex(same >= 0 ? same : column_->count() > 0 ? likely : -1);
}

void LabelsPanel::showAgreement() {
    if (columnsStale_ && isVisible())
        fillColumns();
    const bool can = column_->count() > 0 && document_.labels().labelled() > 0;
    chart_->setVisible(can && agreement_.objects > 0);
    if (!can)
        figures_->setText(column_->count() == 0 ? "There is no column of classes to compare with."
                                                : "Label some objects to compare.");
    if (can && agreementStale_ && isVisible())
        agreementPause_.start();
}

void LabelsPanel::findAgreement() {
    if (!agreementStale_ || !isVisible() || column_->count() == 0 || document_.labels().labelled() == 0)
        return;
    agreementStale_ = false;
    const QString name = column_->currentData().toString();
    const ColourBy with{name.isEmpty() ? ColourBy::Kind::Component : ColourBy::Kind::Column, name};
    std::vector<int> labels, values;
    QStringList labelNames, valueNames;
    document_.classesOf({ColourBy::Kind::Label, {}}, labels, labelNames);
    document_.classesOf(with, values, valueNames);
    agreement_ = agreementWith(labels, labelNames, values, valueNames);
    const auto side = static_cast<size_t>(agreement_.labels.size());
    std::vector<double> parts;
    for (size_t row = 0; row < side; ++row) {
        double sum = 0;
        for (size_t k = 0; k < side; ++k)
            sum += static_cast<double>(agreement_.table[row * side + k]);
        for (size_t k = 0; k < side; ++k)
            parts.push_back(sum > 0 ? static_cast<double>(agreement_.table[row * side + k]) / sum : NAN);
    }
    chart_->setTable(std::move(parts), static_cast<int>(side));
    chart_->setVisible(agreement_.objects > 0);
    QStringList pairs;
    for (qsizetype k = 0; k < agreement_.labels.size(); ++k)
        pairs << QString("%1: %2 / %3")
                     .arg(k + 1)
                     .arg(agreement_.labels[k].isEmpty() ? QString::fromUtf8("–")
                                                         : shown(agreement_.labels[k].toStdString()),
                          agreement_.values[k].isEmpty() ? QString::fromUtf8("–")
                                                         : shown(agreement_.values[k].toStdString()));
    figures_->setText(
        QString::fromUtf8("%1 with both. Accuracy %2, Cohen's κ %3, adjusted Rand %4 (%5).\n%6")
            .arg(objects(agreement_.objects))
            .arg(agreement_.accuracy, 0, 'f', 3)
            .arg(std::isfinite(agreement_.kappa) ? QString::number(agreement_.kappa, 'f', 3)
                                                 : QString::fromUtf8("–"))
            .arg(agreement_.adjustedRand, 0, 'f', 3)
            .arg(agreement_.byName ? "paired by name, the rest as it fits best" : "paired as it fits best")
            .arg(pairs.join("   ")));
}

void LabelsPanel::showPlace() {
    const LabelKeeper& keeper = workspace_.labels;
    place_->setText(keeper.stateText() + ". You are " + shown(document_.labeller().toStdString()) + ".");
    QStringList others;
    for (const QString& one : keeper.others())
        others << shown(one.toStdString());
    people_->setText("Also here: " + others.join(", "));
    people_->setVisible(!others.isEmpty());
    const auto& conflicts = keeper.conflicts();
    conflictBox_->setVisible(!conflicts.empty());
    if (conflicts.empty())
        return;
    const LabelConflict& first = conflicts.front();
    conflict_->setText(
        QString("%1 labelled otherwise by others at the same time, e.g. %2: %3 %4, you %5. Yours "
                "are the later; both are kept in the history.")
            .arg(objects(static_cast<int64_t>(conflicts.size())), shown(first.theirs.object),
                 shown(first.theirs.mark.who.toStdString()),
                 first.theirs.label.empty() ? QString("no label") : shown(first.theirs.label),
                 first.mine.label.empty() ? QString("no label") : shown(first.mine.label)));
    conflict_->show();
}

void LabelsPanel::showObject() {
    const int64_t row = document_.current();
    history_->hide();
    if (row < 0)
        return object_->setText("Click an object to see what was said of it.");
    const LabelBook& book = document_.labels();
    const LabelValue value = book.at(row);
    QString text = document_.objectName(row) + ": no label";
    if (value.label != LabelValue::none)
        text = document_.objectName(row) + ": " +
               shown(book.classes()[static_cast<size_t>(value.label)].name.toStdString()) + ", " +
               howText(book.mark(value.mark));
    else if (const LabelProposal* proposal = book.proposalAt(row))
        text += QString("; proposed: %1, confidence %2")
                    .arg(shown(book.classes()[static_cast<size_t>(proposal->label)].name.toStdString()))
                    .arg(static_cast<double>(proposal->confidence), 0, 'f', 2);
    object_->setText(text);
    if (!isVisible())
        return;
    workspace_.labels.askHistory(row, this, [this, row](const std::vector<LabelEvent>& events) {
        if (document_.current() != row || events.empty())
            return;
        QStringList lines;
        for (auto event = events.rbegin(); event != events.rend() && lines.size() < 12; ++event) {
            const int16_t id = document_.labels().classOfKey(event->label);
            const QString name =
                id == LabelValue::none
                    ? shown(event->label)
                    : shown(document_.labels().classes()[static_cast<size_t>(id)].name.toStdString());
            lines << (event->label.empty() ? QString("label removed") : name) + " " + howText(event->mark);
        }
        history_->setText("History, the latest first:\n" + lines.join("\n"));
        history_->show();
    });
}

void LabelsPanel::chooseFile(bool fresh) {
    const QString filter = "Label databases (*.labels.db *.db);;All files (*)";
    QString path = fresh ? QFileDialog::getSaveFileName(this, "Keep the labels in", "labels.labels.db",
                                                        filter, nullptr, QFileDialog::DontConfirmOverwrite)
                         : QFileDialog::getOpenFileName(this, "Open a label database", {}, filter);
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty())
        path += ".labels.db";
    workspace_.labels.keepIn(path);
}

void LabelsPanel::chooseTeam() {
    bool chosen = false;
    const QString url = QInputDialog::getText(
        this, "Team database",
        "Address of the PostgreSQL database, without a password (empty: labels of one's own in a file).\n"
        "The password comes from PGPASSWORD, ~/.pgpass or the keyring.",
        QLineEdit::Normal,
        workspace_.labels.teamUrl().isEmpty() ? "postgresql://person@host/database"
                                              : workspace_.labels.teamUrl(),
        &chosen);
    if (!chosen)
        return;
    try {
        workspace_.labels.setTeamUrl(url.trimmed());
        workspace_.labels.keepIn(url.trimmed().isEmpty() ? workspace_.labels.defaultLocation()
                                                         : url.trimmed());
    } catch (...) {
        workspace_.log.error(describeError(std::current_exception()).text());
    }
}

void LabelsPanel::askName() {
    bool chosen = false;
    const QString name = QInputDialog::getText(this, "Your name", "The name that your labels carry",
                                               QLineEdit::Normal, document_.labeller(), &chosen);
    if (chosen)
        workspace_.labels.setPerson(name);
}

bool LabelsPanel::mayClose() {
    constexpr int patience = 3000; // ms
    if (workspace_.labels.settle(patience))
        return true;
    QMessageBox box(QMessageBox::Question, "Galatea",
                    "Labels that are kept nowhere yet would be lost. " + workspace_.labels.stateText(),
                    QMessageBox::Discard | QMessageBox::Cancel, this);
    box.setTextFormat(Qt::PlainText);
    box.setObjectName("labelsCloseQuestion");
    return box.exec() == QMessageBox::Discard;
}

void LabelsPanel::importFrom(const QString& path) {
    if (path.isEmpty() || running())
        return;
    runJob<ImportedLabels>(
        "Importing labels",
        [path, ids = ObjectIds::of(document_)](const StopToken& stop, ProgressSink&) {
            return readLabels(path, ids, stop);
        },
        [this, path, opening = openings_](ImportedLabels imported) {
            if (openings_ != opening)
                return;
            for (const std::string& note : imported.notes)
                workspace_.log.warning(shown(note));
            if (imported.unknown > 0)
                workspace_.log.warning(objects(imported.unknown) + " of " + shown(path.toStdString()) +
                                       " are not among the open ones; their labels are left out");
            const QString what = "import labels of " + objects(static_cast<int64_t>(imported.rows.size()));
            commands::importLabels(document_, editOf(document_, std::move(imported)), what);
        });
}

void LabelsPanel::exportTo(const QString& path) {
    if (path.isEmpty() || running())
        return;
    runJob<std::vector<std::string>>(
        "Exporting labels",
        [book = document_.labels(), ids = ObjectIds::of(document_),
         from = QFileInfo(document_.data().path).fileName(), path](const StopToken& stop, ProgressSink&) {
            return exportLabels(tableOfLabels(book, ids, stop), from, path);
        },
        [this, path](const std::vector<std::string>& notes) {
            for (const std::string& note : notes)
                workspace_.log.warning(shown(note));
            workspace_.log.info("Wrote " + shown(path.toStdString()));
        });
}

} // namespace galatea
