#include "app/desktop/sessions/bundle.h"

#include <numeric>

#include <QFile>
#include <QFileInfo>

#include "core/error.h"
#include "data/export_images.h"
#include "io/atomic_file.h"
#include "io/atomic_folder.h"

namespace galatea {

namespace {

/// One file that holds all of the data set; lists and folders name others.
bool standsAlone(const QString& path) {
    const QFileInfo info(path);
    return info.isFile() && info.suffix().compare("csv", Qt::CaseInsensitive) != 0;
}

QString freeName(const QString& wanted, const std::vector<BundlePlan::Item>& taken) {
    QString name = QString::fromStdString(safeFileName(wanted.toStdString()));
    for (const BundlePlan::Item& item : taken)
        if (item.name == name)
            return item.kind + "-2-" + name;
    return name;
}

void copy(const BundlePlan::Item& item, const QString& target, qint64& done, qint64 all,
          const StopToken& stop, ProgressSink& progress) {
    constexpr qint64 piece = 8 << 20;
    QFile source(item.source);
    if (!source.open(QIODevice::ReadOnly))
        throw InputError(item.source.toStdString(), "this file cannot be read",
                         "check the name and your permission to read it");
    AtomicFile file(target.toStdString());
    while (!source.atEnd()) {
        throwIfStopped(stop);
        const QByteArray bytes = source.read(piece);
        if (bytes.isEmpty())
            throw InputError(item.source.toStdString(), "reading it failed half way", "check the disk");
        file.write({bytes.constData(), static_cast<size_t>(bytes.size())});
        done += bytes.size();
        progress.update({"copying", done >> 20, all >> 20, "MiB", item.name.toStdString()});
    }
    file.commit();
}

} // namespace

BundlePlan planBundle(const Session& session, const DatasetPtr& data) {
    BundlePlan plan;
    const auto add = [&plan](const QString& kind, const QString& source, const QString& name, qint64 bytes) {
        plan.items.push_back({kind, source, freeName(name, plan.items), bytes});
        plan.bytes += bytes;
    };
    const QMap<QString, QString> files = session.files();
    for (auto at = files.begin(); at != files.end(); ++at) {
        const QFileInfo info(at.value());
        if (at.key() != "data" || standsAlone(at.value()))
            add(at.key(), at.value(), info.fileName(), info.size());
    }
    if (!session.demonstration && data && !standsAlone(session.data)) {
        const DatasetInfo& info = data->info();
        plan.images = data;
        add("data", {}, "data.h5", data->size() * info.channels * info.height * info.width * 4);
    }
    return plan;
}

void writeBundle(SessionSnapshot snapshot, const BundlePlan& plan, const QString& folder,
                 const StopToken& stop, ProgressSink& progress) {
    AtomicFolder target(folder.toStdString());
    const auto inside = [&target](const QString& name) {
        return QString::fromStdString(target.path(name.toStdString()));
    };
    qint64 done = 0;
    for (const BundlePlan::Item& item : plan.items) {
        const QString path = inside(item.name);
        if (item.source.isEmpty()) {
            std::vector<int64_t> rows(static_cast<size_t>(plan.images->size()));
            std::iota(rows.begin(), rows.end(), 0);
            exportDataset(*plan.images, rows, path.toStdString(), stop, progress);
            done += item.bytes;
        } else {
            copy(item, path, done, plan.bytes, stop, progress);
        }
        *snapshot.session.file(item.kind) = path;
    }
    throwIfStopped(stop);
    snapshot.session.recoveredFrom.clear();
    snapshot.session.recoveredAt = {};
    SessionWriter().write(snapshot, inside(QFileInfo(folder).fileName() + ".galatea"));
    target.commit();
}

} // namespace galatea
