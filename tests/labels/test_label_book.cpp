// Labels in memory: what changes of them do, and that they can be taken back.

#include <limits>

#include <QTest>

#include "app/desktop/labels/label_book.h"

using namespace galatea;

class TestLabelBook : public QObject {
    Q_OBJECT
  private:
    static LabelEdit newClass(const LabelBook& book, const QString& name, int digit) {
        LabelEdit edit;
        LabelClass after{book.freeKey(name), name, Qt::red, digit, false}, before = after;
        before.removed = true;
        edit.classes = {{static_cast<int16_t>(book.classes().size()), before, after}};
        return edit;
    }

  private Q_SLOTS:
    void labelsAndTakesBack() {
        LabelBook book(10);
        book.apply(newClass(book, "spiral", 1));
        book.apply(newClass(book, "merger", 2));
        const uint32_t mark = book.markIndex({"ann", 5.5, 1, LabelOrigin::Person});
        const LabelEdit first = book.editOf({2, 3, 7, 99, -1}, {0, mark});
        QCOMPARE(first.rows, (std::vector<uint32_t>{2, 3, 7}));
        QCOMPARE(first.before.size(), size_t(1)); // all alike: kept once
        const LabelChange change = book.apply(first);
        QCOMPARE(change.rows.size(), size_t(3));
        QCOMPARE(book.count(0), 3);
        const LabelEdit second = book.editOf({3, 4}, {1, mark});
        book.apply(second);
        QCOMPARE(book.count(0), 2);
        QCOMPARE(book.count(1), 2);
        QCOMPARE(book.labelled(), 4);
        QCOMPARE(book.mark(book.at(4).mark).who, QString("ann"));
        book.apply(second.reversed());
        QCOMPARE(int(book.at(3).label), 0);
        QCOMPARE(int(book.at(4).label), -1);
        book.apply(first.reversed());
        QCOMPARE(book.labelled(), 0);
    }
    void takingBackLeavesOthersAlone() {
        LabelBook book(3);
        book.apply(newClass(book, "a", 1));
        book.apply(newClass(book, "b", 2));
        const LabelEdit mine =
            book.editOf({0, 1, 2}, {0, book.markIndex({"ann", 1, 1, LabelOrigin::Person})});
        book.apply(mine);
        const uint32_t bobs = book.markIndex({"bob", 2, 1, LabelOrigin::Person});
        book.apply(book.editOf({1}, {1, bobs}), true);
        book.apply(book.editOf({2}, {0, bobs}), true); // the same class, but now it is bob's word
        const LabelChange back = book.apply(mine.reversed());
        QCOMPARE(back.rows, std::vector<uint32_t>{0});
        QCOMPARE(int(book.at(1).label), 1);
        QCOMPARE(int(book.at(2).label), 0);
    }
    void aClassThatHasLabelsStays() {
        LabelBook book(4);
        book.apply(newClass(book, "a", 1));
        book.apply(newClass(book, "b", 2));
        const uint32_t mark = book.markIndex({});
        book.apply(book.editOf({1, 2}, {0, mark}));
        // Somebody who knows of one of the two labels removes the class.
        LabelEdit removal = book.editOf({1}, {});
        removal.classes = {{0, book.classes()[0], book.classes()[0]}};
        removal.classes[0].after.removed = true;
        QCOMPARE(book.apply(removal, true).classes, std::vector<int16_t>{0});
        QCOMPARE(book.presentClasses(), (std::vector<int16_t>{0, 1}));
        // The other way round: the class has gone, then a label comes.
        removal.classes[0].id = 1;
        removal.classes[0].before = removal.classes[0].after = book.classes()[1];
        removal.classes[0].after.removed = true;
        book.apply(removal);
        QCOMPARE(book.presentClasses(), std::vector<int16_t>{0});
        QCOMPARE(book.apply(book.editOf({3}, {1, mark})).classes, std::vector<int16_t>{1});
        QCOMPARE(book.presentClasses(), (std::vector<int16_t>{0, 1}));
    }
    void whatFilesSayIsMadeHonest() {
        const double infinity = std::numeric_limits<double>::infinity(), none = std::nan("");
        QCOMPARE(labelConfidenceFrom(0.25), 0.25);
        QCOMPARE(labelConfidenceFrom(7), 1.0);
        QCOMPARE(labelConfidenceFrom(-7), 0.0);
        QCOMPARE(labelConfidenceFrom(none), 1.0);
        QCOMPARE(labelTimeFrom(1.7e9), 1.7e9);
        for (const double time : {infinity, -infinity, none, -5.0, 1e300})
            QCOMPARE(labelTimeFrom(time), 0.0);
    }
    void placesFollowThePresentClasses() {
        LabelBook book(4);
        for (const char* name : {"a", "b", "c"})
            book.apply(newClass(book, name, -1));
        for (int16_t k = 0; k < 3; ++k)
            book.apply(book.editOf({k}, {k, book.markIndex({})}));
        LabelEdit removal = book.editOf({1}, {});
        removal.classes = {{1, book.classes()[1], book.classes()[1]}};
        removal.classes[0].after.removed = true;
        book.apply(removal);
        std::vector<int> places;
        QStringList names;
        book.placesOf(places, names);
        QCOMPARE(names, (QStringList{"a", "c"}));
        QCOMPARE(places, (std::vector<int>{0, -1, 1, -1}));
        QCOMPARE(book.freeKey("b"), std::string("b#2")); // the removed one keeps its key
        QCOMPARE(int(book.classOfName("b")), -1);
    }
    void tenMillionRowsStayLight() {
        LabelBook book(10'000'000);
        book.apply(newClass(book, "a", 1));
        std::vector<int64_t> rows;
        for (int64_t i = 0; i < 100'000; ++i)
            rows.push_back(i * 100);
        const LabelEdit edit = book.editOf(rows, {0, book.markIndex({})});
        QCOMPARE(edit.before.size() + edit.after.size(), size_t(2));
        book.apply(edit);
        QCOMPARE(book.count(0), 100'000);
        book.apply(edit.reversed());
        QCOMPARE(book.labelled(), 0);
    }
};

QTEST_GUILESS_MAIN(TestLabelBook)
#include "test_label_book.moc"
