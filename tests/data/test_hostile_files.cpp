// The damaged, lying and malicious files beside the project: what must be refused is refused, what must load
// loads, and oddities are noticed. MANIFEST.tsv says which.

#include <QtTest>

#include "core/text.h"
#include "data/import.h"
#include "data/open_dataset.h"
#include "io/safetensors.h"
#include "tests/support/files.h"

using namespace galatea;

namespace {

struct Case {
    std::string file, kind, expected, check;
};

/// The cases of one kind, with the judgement asked of one command.
std::vector<Case> casesOf(const std::string& kind, const std::string& command) {
    std::vector<Case> cases;
    for (const std::string& line : split(readBytes(materialFolder() + "/hostile/MANIFEST.tsv"), '\n')) {
        const std::vector<std::string> cells = split(line, '\t');
        if (cells.size() < 5 || cells[1] != kind)
            continue;
        for (const std::string& check : split(cells[4], ' '))
            if (check.starts_with(command + "="))
                cases.push_back({cells[0], kind, cells[3], check.substr(command.size() + 1)});
    }
    return cases;
}

} // namespace

class TestHostileFiles : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;

    static bool present() {
        return QFile::exists(QString::fromStdString(materialFolder() + "/hostile/MANIFEST.tsv"));
    }

    static void addRows(const std::string& kind, const std::string& command) {
        for (const Case& one : casesOf(kind, command))
            if (QFileInfo::exists(QString::fromStdString(materialFolder() + "/hostile/" + one.file)))
                QTest::newRow(one.file.c_str())
                    << QString::fromStdString(one.file) << QString::fromStdString(one.expected)
                    << QString::fromStdString(one.check);
    }

    static void columns() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("expected");
        QTest::addColumn<QString>("check");
    }

  private Q_SLOTS:
    void initTestCase() {
        if (!present())
            QSKIP("the hostile files are not here");
    }

    void importing_data() {
        columns();
        if (present())
            for (const char* kind : {"csv", "image", "hdf5"})
                addRows(kind, "import");
    }
    void importing() {
        QFETCH(QString, file);
        QFETCH(QString, expected);
        QFETCH(QString, check);
        const std::string output = inFolder(folder_, "out.h5");
        QFile::remove(QString::fromStdString(output));
        std::string refusal;
        std::vector<std::string> warnings;
        try {
            warnings =
                importDataset({materialFolder() + "/hostile/" + file.toStdString()}, output, {}).warnings;
        } catch (const InputError& error) {
            refusal = error.what();
        }
        const bool refused = !refusal.empty(), noticed = refused || !warnings.empty();
        for (const std::string& text : warnings)
            QCOMPARE(escaped(text), text);
        QCOMPARE(escaped(refusal), refusal);
        QCOMPARE(QFile::exists(QString::fromStdString(output)), !refused);
        QCOMPARE(QDir(folder_.path()).entryList(QDir::Files | QDir::Hidden).size(), refused ? 0 : 1);
        if (check == "answer" || check == "exit")
            QCOMPARE(refused, expected == "error");
        if (check == "answer" && !refused)
            QCOMPARE(!warnings.empty(), expected == "loads with note");
        if (check == "noticed")
            QVERIFY(noticed);
        if (!refused)
            QVERIFY(openDataset(output)->size() > 0);
    }

    /// What the container alone can tell; a wrong card or network is for the model's reader.
    void safetensors_data() {
        columns();
        if (present())
            addRows("safetensors", "traverse");
    }
    void safetensors() {
        QFETCH(QString, file);
        const QString name = QFileInfo(file).baseName();
        const QStringList wellFormed{"metadata_other_key", "name_path",   "shape_transposed",
                                     "tensor_extra",       "weights_inf", "zero_tail"};
        const std::string message =
            errorOf([&] { readSafetensors(materialFolder() + "/hostile/" + file.toStdString()); });
        QCOMPARE(message.empty(), name.startsWith("card_") || wellFormed.contains(name));
        QCOMPARE(escaped(message), message);
    }

    void kerasFilesAreReadOrRefused_data() {
        columns();
        if (present())
            addRows("keras", "convert");
    }
    void kerasFilesAreReadOrRefused() {
        QFETCH(QString, file);
        const std::string path = materialFolder() + "/hostile/" + file.toStdString();
        const std::string message = errorOf([&] { openDataset(path); });
        QVERIFY(!message.empty() || file.contains("dataset_not_weights"));
        looksLikeDataset(path);
    }
};

QTEST_GUILESS_MAIN(TestHostileFiles)
#include "test_hostile_files.moc"
