// One person who labels: writes ACTIONS times PER_ACTION labels into the store and says of each action when
// it is saved. The labels of action N are named WHO-N.
//   label_writer LOCATION WHO ACTIONS PER_ACTION [room BYTES]
// room: files may not grow beyond BYTES until the first failure, as on a full disk.
//   label_writer LOCATION WHO look
// says what the store is like: "loads", "note: …" or "error: …".

#include <csignal>
#include <cstdio>
#include <sys/resource.h>

#include <QCoreApplication>

#include "app/desktop/labels/label_store.h"
#include "core/error.h"

namespace {

using namespace galatea;

void say(const QString& text) {
    std::fputs(qPrintable(text + "\n"), stdout);
    std::fflush(stdout);
}

void limitFiles(rlim_t bytes) {
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}

int look(LabelStore& store) {
    try {
        store.open();
        const LabelNews news = store.present();
        say(store.notes().isEmpty() ? QString("loads") : "note: " + store.notes().join("; "));
        say(QString("labels: %1").arg(news.labels.size()));
        say(QString("writable: %1").arg(store.isWritable()));
        return 0;
    } catch (const InputError& error) {
        say(QString("error: %1").arg(error.what()));
        return 3;
    }
}

LabelAction actionOf(const QString& who, int step, int perAction) {
    LabelAction action;
    action.step = step;
    for (int i = 0; i < perAction; ++i) {
        LabelEvent event;
        event.object = "object-" + std::to_string(step * perAction + i);
        event.label = QString("%1-%2").arg(who).arg(step).toStdString();
        event.mark = {who, 1.7e9 + step, 1, LabelOrigin::Person};
        action.labels.push_back(event);
    }
    return action;
}

int write(LabelStore& store, const QString& who, int actions, int perAction) {
    store.open();
    LabelPosition seen = store.present().position;
    say("open");
    for (int step = 0; step < actions; ++step) {
        LabelAction action = actionOf(who, step, perAction);
        action.seen = seen;
        size_t conflicts = 0;
        for (int tries = 0;; ++tries) {
            try {
                conflicts = store.commit(action).size();
                break;
            } catch (const InputError& error) {
                say(QString("failed: %1").arg(error.what()));
                if (tries > 2)
                    return 1;
                limitFiles(RLIM_INFINITY);
                action.again = true;
            }
        }
        say(QString("saved %1 conflicts %2").arg(step).arg(conflicts));
        seen = store.since(seen).position;
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    std::signal(SIGXFSZ, SIG_IGN);
    const QCoreApplication application(argc, argv);
    const QStringList words = QCoreApplication::arguments();
    if (words.size() < 4)
        return 2;
    try {
        const auto store = makeLabelStore(words[1], words[2]);
        if (words[3] == "look")
            return look(*store);
        if (words.size() == 7)
            limitFiles(words[6].toULong());
        return write(*store, words[2], words[3].toInt(), words[4].toInt());
    } catch (const std::exception& error) {
        say(QString("error: %1").arg(error.what()));
        return 3;
    }
}
