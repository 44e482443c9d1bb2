#pragma once
// What the application has to say, kept: the message bar shows the latest, the log panel all of it.

#include <vector>

#include <QDateTime>
#include <QObject>
#include <QString>

namespace galatea {

class MessageLog : public QObject {
    Q_OBJECT
  public:
    enum class Severity { Info, Warning, Error };
    Q_ENUM(Severity)
    struct Entry {
        QDateTime time;
        Severity severity;
        QString text; ///< plain text
    };

    using QObject::QObject;
    void info(const QString& text) { add(Severity::Info, text); }
    void warning(const QString& text) { add(Severity::Warning, text); }
    void error(const QString& text) { add(Severity::Error, text); }
    const std::vector<Entry>& entries() const { return entries_; }

  Q_SIGNALS:
    void added(const galatea::MessageLog::Entry& entry);

  private:
    void add(Severity severity, const QString& text) {
        entries_.push_back({QDateTime::currentDateTime(), severity, text});
        Q_EMIT added(entries_.back());
    }
    std::vector<Entry> entries_;
};

} // namespace galatea
