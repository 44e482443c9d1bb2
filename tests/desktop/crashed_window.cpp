// A window that is to be killed. "change ROOT SEED FILES...": opens the files and changes something every few
// milliseconds, saying what it shows after each. "restore ROOT": opens what such a window left and says what
// it shows.

#include <cstdio>

#include <QApplication>
#include <QDateTime>
#include <QJsonDocument>
#include <QTimer>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/main_window.h"
#include "app/desktop/session.h"
#include "app/desktop/sessions/session_keeper.h"
#include "core/random.h"

using namespace galatea;

namespace {

void changeSomething(Document& document, RandomStream& random) {
    switch (random.below(4)) {
    case 0: {
        std::vector<int64_t> rows;
        for (int64_t i = random.below(30); i >= 0; --i)
            rows.push_back(random.below(document.objectCount()));
        return commands::select(document, std::move(rows));
    }
    case 1: {
        const auto& all = document.possibleColourings();
        return commands::colourBy(document, all[static_cast<size_t>(random.below(std::ssize(all)))]);
    }
    case 2:
        return commands::moveLatent(document, random.below(std::ssize(document.traverse().point)),
                                    static_cast<float>(random.normal()),
                                    static_cast<int>(random.below(1000)));
    default:
        document.setCurrent(random.below(document.objectCount()));
    }
}

QByteArray shownNow(const Document& document) {
    return QJsonDocument(viewOf(document)).toJson(QJsonDocument::Compact);
}

} // namespace

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    const QStringList arguments = QApplication::arguments();
    Workspace workspace;
    MainWindow window(workspace, false);
    window.resize(1200, 800);
    window.show();
    Document& document = workspace.document;
    if (arguments.value(1) == "restore")
        QObject::connect(
            &window.sessions(), &SessionKeeper::lostChanged, &window,
            [&window] { window.sessions().restoreLost(); }, Qt::SingleShotConnection);
    window.sessions().startRecovery(arguments.value(2));
    QTimer timer;
    if (arguments.value(1) == "restore") {
        QObject::connect(&timer, &QTimer::timeout, [&, calm = 0]() mutable {
            calm = window.settled() && !document.isEmpty() ? calm + 1 : 0;
            if (calm < 3)
                return;
            std::printf("%s\n", shownNow(document).constData());
            std::fflush(stdout);
            QApplication::exit(0);
        });
        timer.start(50);
        return QApplication::exec();
    }
    RandomStream random(arguments.value(3).toULongLong(), "changes");
    QObject::connect(&window.sessions(), &SessionKeeper::kept, [] {
        std::printf("kept\n");
        std::fflush(stdout);
    });
    bool opened = false;
    QObject::connect(&timer, &QTimer::timeout, [&] {
        opened = opened || (window.settled() && !document.map().map.coordinates.empty());
        if (!opened)
            return;
        changeSomething(document, random);
        std::printf("%lld %s\n", static_cast<long long>(QDateTime::currentMSecsSinceEpoch()),
                    shownNow(document).constData());
        std::fflush(stdout);
    });
    window.opener().open(arguments.mid(4));
    timer.start(40);
    return QApplication::exec();
}
