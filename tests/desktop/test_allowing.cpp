// A system without walls: strangers' models are refused, unless the person allows the very file, once and for
// all.

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/desktop/opener.h"
#include "io/sha256.h"
#include "models/astrovader/astrovader.h"
#include "torchscript/export.h"

using namespace galatea;

class TestAllowing : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase();
    void refusedUnlessAllowed();

  private:
    QTemporaryDir folder_;
    QString model_;
};

void TestAllowing::initTestCase() {
    // Read once, when the first file asks for walls. The model host stands behind the real ones all the same.
    qputenv("GALATEA_SIMULATE_MISSING", "bubblewrap,landlock,seccomp");
    ModelInput input;
    input.channels = 1;
    input.height = input.width = 16;
    model_ = folder_.filePath("stranger.pt");
    exportTorchScript(*randomAstroVaDEr(input, {{"filters", {4, 4, 2}}, {"latent", 3}}, 1),
                      model_.toStdString());
}

void TestAllowing::refusedUnlessAllowed() {
    const QString digest = QString::fromStdString(sha256OfFile(model_.toStdString()));
    Workspace workspace;
    workspace.settings = Settings(folder_.filePath("settings.ini"));
    Opener opener(workspace);
    int asked = 0;
    bool answer = false;
    opener.setAllowQuestion([&](const QString& path, const QString&) {
        ++asked;
        return path == model_ && answer;
    });
    const QSignalSpy failed(&opener, &Opener::failed);

    opener.open({model_});
    QTRY_VERIFY_WITH_TIMEOUT(!opener.busy(), 60000);
    QCOMPARE(asked, 1);
    QCOMPARE(failed.size(), 1);
    QVERIFY(failed[0][1].toString().contains("bubblewrap"));
    QVERIFY(failed[0][1].toString().contains(digest));
    QVERIFY(!workspace.document.model().model);
    QVERIFY(workspace.settings.allowedFiles().isEmpty());

    answer = true;
    opener.open({model_});
    QTRY_VERIFY_WITH_TIMEOUT(!opener.busy() && workspace.document.model().model, 60000);
    QCOMPARE(asked, 2);
    QCOMPARE(failed.size(), 1);
    QCOMPARE(workspace.settings.allowedFiles(), QStringList(digest));
    bool warned = false;
    for (const std::string& note : workspace.document.model().model->notes())
        warned = warned || note.find("without enough walls") != std::string::npos;
    QVERIFY(warned);

    opener.open({model_});
    QTRY_VERIFY_WITH_TIMEOUT(!opener.busy(), 60000);
    QCOMPARE(asked, 2);
    QCOMPARE(failed.size(), 1);
}

QTEST_MAIN(TestAllowing)
#include "test_allowing.moc"
