#pragma once
// Finding objects: by id, by place on the sky, by nearness in latent space, by an image that is no object
// yet. Plain functions for worker threads; what they bring back is adopted as one undo step.

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/document.h"
#include "app/desktop/labels/object_ids.h"

namespace galatea {

/// What a line of the search field asks for.
struct SearchQuery {
    enum class Kind { Id, Sky, Expression };
    Kind kind = Kind::Id;
    QString text;                        ///< the id, or how it begins; the expression
    bool maybeId = false;                ///< a place in the way objects are named: looked for as an id first
    double ra = 0, dec = 0, radius = 10; ///< degrees, degrees, arcsec
};

/// "made-17"; "13:59:12 +02:11:30 30\"", "209.8 2.19 0.5'", "13h59m12s -02d11m30s", "J135912.3+021130": a
/// position with a radius in arcsec unless it says ' or deg, 10 arcsec without one. With a comparison in it,
/// as size > 5, it is an expression over the columns (core/expression.h). Everything else is an
/// id. Throws UsageError for positions that are none on the sky, and for nothing.
SearchQuery parseSearch(const QString& line);

/// The open objects as a worker thread may look at them.
struct SearchGround {
    DatasetPtr data; ///< empty: no catalogue
    LatentsPtr latents;
    ColumnSetPtr columns;
    ObjectIds ids;
    int64_t objects = 0;
    explicit SearchGround(const Document& document);
    /// What is found here is still right there: the same objects at the same places.
    bool isOf(const Document& document) const;
};

struct SearchAnswer {
    commands::Finding finding; ///< no rows: nothing was found
    int64_t first = -1;        ///< the object to look at; −1: none
    QString sentence;          ///< "3 objects within 30″"
};

/// Throws UsageError or InputError where the open files do not know ids or positions.
SearchAnswer findObjects(const SearchGround& ground, const SearchQuery& query, const StopToken& stop = {});

/// Distances of all rows from a place in latent space.
RankingPtr nearnessTo(const Array& z, const std::vector<float>& from, const QString& name);
/// The `count` objects nearest to a latent. `row`: whose it is; −1: nobody's.
SearchAnswer findNearest(const SearchGround& ground, const std::vector<float>& latent, int64_t row,
                         const QString& what, int64_t count, const StopToken& stop = {});

/// An image file that is seen as the open data set is, encoded, and looked up.
struct ImageSearch {
    SearchGround ground;
    ModelPtr model;
    TransformOptions transform; ///< of the open data
    QString path;
    int64_t count = 24;
};
/// The first image of the file. Throws InputError if it cannot be read or made to fit, ModelError if the
/// model cannot encode.
SearchAnswer findByImage(const ImageSearch& search, const StopToken& stop = {});

} // namespace galatea
