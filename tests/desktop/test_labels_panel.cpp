// Labels in the real window: a class is named, a key pressed, taken back, merged, kept and found again.

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QTableView>
#include <QTemporaryDir>
#include <QTimer>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/commands/label_commands.h"
#include "app/desktop/panels/label_class_model.h"
#include "app/desktop/panels/labels_panel.h"
#include "app/desktop/panels/map_panel.h"
#include "data/dataset_file.h"
#include "tests/desktop/opened_window.h"

using namespace galatea;

class TestLabelsPanel : public QObject {
    Q_OBJECT
  private:
    static std::vector<int64_t> everyThird(int64_t count) {
        std::vector<int64_t> rows;
        for (int64_t row = 0; row < count; row += 3)
            rows.push_back(row);
        return rows;
    }
    static bool load(made::OpenedWindow& opened, const QString& path = {}) {
        DataContent data = made::galaxies(120);
        data.path = path;
        const bool done = opened.load(std::move(data));
        opened.raise("labelsDock");
        return done;
    }
    static void addClass(made::OpenedWindow& opened, const QString& name) {
        auto* field = opened.find<QLineEdit>("labelsName");
        field->setFocus();
        QTest::keyClicks(field, name);
        QTest::keyClick(field, Qt::Key_Return);
    }

  private Q_SLOTS:
    void controlsHaveNames() {
        made::OpenedWindow opened;
        QVERIFY(load(opened));
        QCOMPARE(made::unnamedControl(opened.window->labelsPanel()), QString());
        QVERIFY(opened.find<QPushButton>("labelsPropose")->isVisible());
        QVERIFY(!opened.find<QPushButton>("labelsPropose")->isEnabled());
    }
    void keysLabelFromAnywhere() {
        made::OpenedWindow opened;
        QVERIFY(load(opened));
        Document& document = opened.document();
        const QAbstractItemModelTester tester(&opened.window->labelsPanel().model(),
                                              QAbstractItemModelTester::FailureReportingMode::QtTest);
        addClass(opened, "round 1"); // a digit in a text field is a digit
        addClass(opened, "lumpy");
        QCOMPARE(document.labels().classes()[0].name, QString("round 1"));
        QCOMPARE(opened.window->labelsPanel().model().rowCount(), 2);
        commands::select(document, everyThird(120));
        opened.window->mapPanel().view().setFocus();
        QTest::keyClick(&opened.window->mapPanel().view(), Qt::Key_2);
        QCOMPARE(document.labels().count(1), 40);
        QCOMPARE(document.undoStack().undoText(), QString("label 40 objects as lumpy"));
        opened.find<QAction>("editUndo")->trigger();
        QCOMPARE(document.labels().labelled(), 0);
        opened.find<QAction>("editRedo")->trigger();
        QCOMPARE(document.labels().count(1), 40);
        commands::select(document, {0, 3});
        QTest::keyClick(&opened.window->mapPanel().view(), Qt::Key_0);
        QCOMPARE(document.labels().count(1), 38);
        opened.click("labelsColour");
        QVERIFY(document.colouring().kind == ColourBy::Kind::Label);
        QCOMPARE(opened.window->mapPanel().view().classCount(), 2);
        opened.keep("labels-keys");
    }
    void classesAreChangedInTheTable() {
        made::OpenedWindow opened;
        QVERIFY(load(opened));
        Document& document = opened.document();
        LabelClassModel& model = opened.window->labelsPanel().model();
        for (const char* name : {"a", "b", "c"})
            addClass(opened, name);
        for (int16_t k = 0; k < 3; ++k)
            commands::label(document, {10 * k, 10 * k + 1}, k);
        QVERIFY(model.setData(model.index(1, LabelClassModel::Name), "bee", Qt::EditRole));
        QVERIFY(!model.setData(model.index(1, LabelClassModel::Name), "a", Qt::EditRole));
        QVERIFY(model.setData(model.index(1, LabelClassModel::Key), "7", Qt::EditRole));
        QVERIFY(!model.setData(model.index(1, LabelClassModel::Key), "77", Qt::EditRole));
        QCOMPARE(opened.find<QAction>("labelDigit7")->text(), QString("Label as bee"));
        QVERIFY(!opened.find<QAction>("labelDigit2")->isVisible());
        QVERIFY(model.setData(model.index(2, LabelClassModel::Name), Qt::Unchecked, Qt::CheckStateRole));
        QCOMPARE(document.hiddenClasses(), std::set<int>{2}); // as any other class
        auto* table = opened.find<QTableView>("labelsTable");
        table->clearSelection();
        table->setSelectionMode(QAbstractItemView::MultiSelection);
        table->selectRow(0);
        table->selectRow(1);
        opened.click("labelsMerge");
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(document.labels().count(0), 4);
        QCOMPARE(document.hiddenClasses(), std::set<int>{1}); // c is still the hidden one
        document.undoStack().undo();
        QCOMPARE(document.labels().count(1), 2);
        QCOMPARE(document.hiddenClasses(), std::set<int>{2});
    }
    void selectingLabelsWhileTheBrushIsOn() {
        made::OpenedWindow opened;
        QVERIFY(load(opened));
        addClass(opened, "a");
        opened.find<QCheckBox>("labelsBrush")->setChecked(true);
        commands::select(opened.document(), {4, 5, 6});
        QTRY_COMPARE(opened.document().labels().count(0), 3);
        opened.document().undoStack().undo();
        QCOMPARE(opened.document().labels().labelled(), 0);
        QCOMPARE(opened.document().selection().size(), size_t(3));
    }
    void proposesAndCompares() {
        made::OpenedWindow opened;
        QVERIFY(load(opened));
        Document& document = opened.document();
        std::vector<int> kinds;
        QStringList names;
        QVERIFY(document.classesOf({ColourBy::Kind::Column, "kind"}, kinds, names));
        for (int k = 0; k < 2; ++k) {
            const int16_t id = commands::addClass(document, names[k]);
            std::vector<int64_t> some;
            for (size_t row = 0; row < kinds.size() && some.size() < 12; ++row)
                if (kinds[row] == k)
                    some.push_back(static_cast<int64_t>(row));
            commands::label(document, some, id);
        }
        opened.find<QDoubleSpinBox>("labelsLeast")->setValue(0.3);
        opened.click("labelsPropose");
        QVERIFY(opened.settles());
        QVERIFY(document.labels().proposals());
        const auto proposals = *document.labels().proposals();
        QVERIFY(proposals.size() > 40);
        int64_t right = 0;
        for (const LabelProposal& one : proposals)
            right +=
                document.labels().classes()[static_cast<size_t>(one.label)].name == names[kinds[one.row]];
        QVERIFY2(right > 0.95 * static_cast<double>(proposals.size()), qPrintable(QString::number(right)));
        opened.keep("labels-proposed");
        opened.click("labelsAccept");
        QCOMPARE(document.labels().labelled(), 24 + static_cast<int64_t>(proposals.size()));
        const LabelAgreement& agreement = opened.window->labelsPanel().agreement();
        QTRY_COMPARE(agreement.objects, document.labels().labelled());
        QVERIFY(agreement.byName);
        QVERIFY(agreement.accuracy > 0.95 && agreement.kappa > 0.9);
        opened.click("labelsColour");
        opened.keep("labels-compared");
        opened.window->setTheme(ThemeChoice::Dark);
        opened.keep("labels-dark");
        opened.window->setTheme(ThemeChoice::Light);
        document.setCurrent(static_cast<int64_t>(proposals.front().row));
        QVERIFY(opened.find<QLabel>("labelsObject")->text().contains("proposed"));
    }
    void filesGoRound() {
        made::OpenedWindow opened;
        QVERIFY(load(opened));
        Document& document = opened.document();
        LabelsPanel& panel = opened.window->labelsPanel();
        commands::label(document, everyThird(120), commands::addClass(document, "third"));
        QTemporaryDir folder;
        panel.exportTo(folder.filePath("l.vot"));
        QVERIFY(opened.settles());
        commands::removeClass(document, 0);
        QCOMPARE(document.labels().labelled(), 0);
        panel.importFrom(folder.filePath("l.vot"));
        QVERIFY(opened.settles());
        QCOMPARE(document.labels().labelled(), 40);
        QCOMPARE(document.undoStack().undoText(), QString("import labels of 40 objects"));
        panel.importFrom(folder.filePath("none.csv")); // a message, nothing else
        QVERIFY(opened.settles());
        QCOMPARE(document.labels().labelled(), 40);
        QVERIFY(opened.workspace.log.entries().back().severity == MessageLog::Severity::Error);
    }
    void importsAreForTheObjectsThatWereOpen() {
        made::OpenedWindow opened;
        QVERIFY(load(opened));
        Document& document = opened.document();
        LabelsPanel& panel = opened.window->labelsPanel();
        commands::label(document, everyThird(120), commands::addClass(document, "third"));
        QTemporaryDir folder;
        panel.exportTo(folder.filePath("l.csv"));
        QVERIFY(opened.settles());
        panel.importFrom(folder.filePath("l.csv"));
        QThread::msleep(1500); // the labels have been read and wait to be taken
        document.setData(made::galaxies(120));
        QVERIFY(QTest::qWaitFor([&] { return !panel.running(); }, 30000));
        QCOMPARE(document.labels().labelled(), 0);
    }
    /// A stranger's session makes no files and connects to nobody.
    void sessionsNameOnlyPlacesThatAreThere() {
        QTemporaryDir folder;
        const QString data = folder.filePath("data.h5"), session = folder.filePath("view.galatea");
        writeDataset(*made::galaxies(120).data, data.toStdString());
        {
            made::OpenedWindow opened;
            opened.window->opener().open({data});
            QVERIFY(opened.settles());
            opened.window->saveSession(session);
        }
        const auto locationAfter = [&](const QString& place) {
            QFile file(session);
            if (!file.open(QIODevice::ReadWrite))
                return QString("no session");
            QJsonObject root = QJsonDocument::fromJson(file.readAll()).object();
            QJsonObject extras = root["extras"].toObject();
            extras["labels"] = QJsonObject{{"location", place}};
            root["extras"] = extras;
            file.resize(0);
            file.seek(0);
            file.write(QJsonDocument(root).toJson());
            file.close();
            made::OpenedWindow opened;
            opened.window->opener().open({session});
            const bool settled = opened.settles() && opened.document().objectCount() == 120;
            return settled ? opened.workspace.labels.location() : QString("not opened");
        };
        const QString place = folder.filePath("elsewhere.db"), own = folder.filePath("data.labels.db");
        QCOMPARE(locationAfter(place), own);
        QVERIFY(!QFile::exists(place));
        QCOMPARE(locationAfter("postgresql://ann@127.0.0.1:1/labels"), own);
        QFile::remove(own);
        makeLabelStore(place, "ann")->open();
        QCOMPARE(locationAfter(place), place);
    }
    void otherDataDoNotTakeLabelsAlong() {
        QTemporaryDir folder;
        const QString data = folder.filePath("data.h5");
        writeDataset(*made::galaxies(50).data, data.toStdString());
        made::OpenedWindow opened;
        QVERIFY(load(opened)); // no file, so labels stay in memory
        commands::label(opened.document(), {1, 2}, commands::addClass(opened.document(), "a"));
        int asked = 0;
        auto answer = QMessageBox::Cancel;
        QTimer answers;
        connect(&answers, &QTimer::timeout, this, [&] {
            auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
            if (!box)
                return;
            const bool aboutLabels = box->objectName() == "labelsCloseQuestion";
            asked += aboutLabels;
            box->button(aboutLabels ? answer : QMessageBox::Discard)->click();
        });
        answers.start(50);
        opened.window->opener().open({data});
        QVERIFY(opened.settles());
        QCOMPARE(asked, 1);
        QCOMPARE(opened.document().labels().labelled(), 2);
        QVERIFY(!opened.window->close()); // the same question
        QCOMPARE(asked, 2);
        answer = QMessageBox::Discard;
        opened.window->opener().open({data});
        QVERIFY(opened.settles());
        QCOMPARE(opened.document().objectCount(), 50);
        QCOMPARE(opened.document().labels().labelled(), 0);
        QCOMPARE(asked, 3);
    }
    void keptAndFoundAgain() {
        QTemporaryDir folder;
        const QString path = folder.filePath("data.h5");
        {
            made::OpenedWindow opened;
            QVERIFY(load(opened, path));
            QVERIFY(opened.find<QLabel>("labelsPlace")->text().contains("data.labels.db"));
            addClass(opened, "third");
            commands::select(opened.document(), everyThird(120));
            QTest::keyClick(opened.window.get(), Qt::Key_1);
            QTRY_VERIFY(opened.find<QLabel>("labelsPlace")->text().startsWith("Saved in data.labels.db"));
            QCOMPARE(opened.document().labels().count(0), 40);
        }
        made::OpenedWindow opened;
        QVERIFY(load(opened, path));
        QTRY_COMPARE(opened.document().labels().labelled(), 40);
        opened.document().setCurrent(3);
        QTRY_VERIFY(opened.find<QLabel>("labelsHistory")->text().contains("third by"));
        opened.keep("labels-kept");
    }
};

QTEST_MAIN(TestLabelsPanel)
#include "test_labels_panel.moc"
