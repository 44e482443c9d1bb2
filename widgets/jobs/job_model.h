#pragma once
// The running and waiting jobs as a Qt list model.

#include <vector>

#include <QAbstractListModel>

#include "widgets/jobs/job_runner.h"

namespace galatea {

class JobModel : public QAbstractListModel {
    Q_OBJECT
  public:
    enum Role {
        IdRole = Qt::UserRole,
        StageRole,
        DoneRole,
        TotalRole,
        RateRole,
        SecondsLeftRole,
        RunningRole
    };

    explicit JobModel(JobRunner& runner, QObject* parent = nullptr);
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

  private:
    void reload();
    void refresh();

    JobRunner& runner_;
    std::vector<JobInfo> jobs_;
};

/// "embedding · 1 234 of 4 000 images · 812/s · 3 s left"
QString progressText(const JobInfo& job);
/// "3 s", "2 min 10 s", "1 h 5 min"
QString durationText(double seconds);

} // namespace galatea
