#include "widgets/jobs/job_model.h"

#include <cmath>

#include <QLocale>
#include <QStringList>

namespace galatea {

JobModel::JobModel(JobRunner& runner, QObject* parent) : QAbstractListModel(parent), runner_(runner) {
    connect(&runner, &JobRunner::changed, this, &JobModel::reload);
    connect(&runner, &JobRunner::progressed, this, &JobModel::refresh);
    jobs_ = runner.jobs();
}

int JobModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(jobs_.size());
}

QVariant JobModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const JobInfo& job = jobs_[static_cast<size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return job.title;
    case Qt::ToolTipRole:
        return progressText(job);
    case IdRole:
        return job.id;
    case StageRole:
        return job.stage;
    case DoneRole:
        return job.done;
    case TotalRole:
        return job.total;
    case RateRole:
        return job.rate;
    case SecondsLeftRole:
        return job.secondsLeft;
    case RunningRole:
        return job.running;
    default:
        return {};
    }
}

void JobModel::reload() {
    beginResetModel();
    jobs_ = runner_.jobs();
    endResetModel();
}

void JobModel::refresh() {
    auto now = runner_.jobs();
    if (now.size() != jobs_.size())
        return reload();
    jobs_ = std::move(now);
    if (!jobs_.empty())
        Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

QString durationText(double seconds) {
    const auto whole = static_cast<qint64>(std::ceil(seconds));
    if (whole < 60)
        return QString("%1 s").arg(whole);
    if (whole < 3600)
        return QString("%1 min %2 s").arg(whole / 60).arg(whole % 60);
    return QString("%1 h %2 min").arg(whole / 3600).arg(whole % 3600 / 60);
}

QString progressText(const JobInfo& job) {
    if (job.stopping)
        return "stopping …";
    if (!job.running)
        return "waiting";
    QStringList parts;
    const QLocale locale;
    if (!job.stage.isEmpty())
        parts << job.stage;
    if (job.total > 0)
        parts << QString("%1 of %2 %3")
                     .arg(locale.toString(job.done), locale.toString(job.total), job.unit)
                     .trimmed();
    else if (job.done > 0)
        parts << QString("%1 %2").arg(locale.toString(job.done), job.unit).trimmed();
    if (job.rate > 0)
        parts << QString("%1/s").arg(job.rate >= 10 ? locale.toString(std::round(job.rate), 'f', 0)
                                                    : locale.toString(job.rate, 'f', 1));
    if (job.secondsLeft >= 0)
        parts << durationText(job.secondsLeft) + " left";
    if (!job.detail.isEmpty())
        parts << job.detail;
    return parts.join(QString::fromUtf8(" · "));
}

} // namespace galatea
